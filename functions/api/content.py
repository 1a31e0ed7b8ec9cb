"""From what a client wrote to a post's content, and what the networks would say about it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from functions.api.routing import Call
from functions.api.schemas import requests as take
from shared.core.allowing import holding
from shared.core.content import draft_for, draft_of, part_count, target_of
from shared.core.errors import InvalidDraft, NotFound, Problem
from shared.core.models import (
    Allowance,
    Content,
    Draft,
    LinkCard,
    Media,
    Options,
    Part,
    Post,
    Target,
    Variant,
)
from shared.core.platform import Check
from shared.core.posts import Fit, Fitting
from shared.core.previewing import ShownPart
from shared.core.services import Api
from shared.core.validation import (
    answer_problems,
    content_problems,
    readiness_problems,
    target_problems,
    where_in_post,
)
from shared.core.voice import CODE, Voice
from shared.core.workspaces import Account, MediaState


class Library:
    """The workspace's files that one request names, each read once and frozen as it is now."""

    def __init__(self, api: Api, call: Call) -> None:
        self._api = api
        self._workspace_id = call.workspace_id
        self._known: dict[str, Media | Problem] = {}
        self._undescribed: set[str] = set()
        self.problems: list[Problem] = []

    def keep(self, media: Iterable[Media], *, describe: bool, anew: Collection[str] = ()) -> None:
        """Files that the post holds already stay as they were frozen, even if deleted since. With
        `describe`, one without a description takes that of the library, and so do those in `anew`.
        """
        held = {m.id: m for m in media}
        self._known |= held
        self._undescribed = {
            m.id for m in held.values() if describe and (m.id in anew or not m.alt)
        }

    def freeze(self, ids: Iterable[str], where: str) -> tuple[Media, ...]:
        found = [self._freeze(media_id, f"{where}[{n}]") for n, media_id in enumerate(ids)]
        return tuple(file for file in found if file is not None)

    def freeze_picture(self, media_id: str | None, where: str) -> Media | None:
        file = None if media_id is None else self._freeze(media_id, where)
        if file is None or file.mime.startswith("image/"):
            return file
        words = "This is no picture; choose one, or none."
        self.problems.append(Problem(where, "not_a_picture", words))
        return None

    def _freeze(self, media_id: str, where: str) -> Media | None:
        file = self._file(media_id)
        if isinstance(file, Problem):
            self.problems.append(Problem(where, file.code, file.message))
            return None
        return file

    def _file(self, media_id: str) -> Media | Problem:
        known = self._known.get(media_id)
        if known is None:
            known = self._read(media_id)
        elif isinstance(known, Media) and media_id in self._undescribed:
            self._undescribed.discard(media_id)
            found = self._read(media_id)
            known = replace(known, alt=found.alt) if isinstance(found, Media) else known
        self._known[media_id] = known
        return known

    def _read(self, media_id: str) -> Media | Problem:
        try:
            file = self._api.store.media_file(self._workspace_id, media_id)
        except NotFound:
            return Problem("", "unknown_media", "There is no such file in this workspace.")
        if file.state is MediaState.READY and file.media is not None:
            return file.media
        words = "This file is not ready: finish its upload first."
        return Problem("", "media_not_ready", words)


def options(given: take.OptionsInput) -> Options:
    return Options(
        visibility=given.visibility,
        content_warning=given.content_warning,
        sensitive=given.sensitive,
        languages=given.languages,
    )


def parts(library: Library, given: Iterable[take.PartInput], where: str) -> tuple[Part, ...]:
    return tuple(
        Part(part.text, library.freeze(part.media_ids, f"{where}[{n}].media_ids"))
        for n, part in enumerate(given)
    )


def card(library: Library, given: take.LinkCardInput | None, where: str) -> LinkCard | None:
    if given is None:
        return None
    picture = library.freeze_picture(given.media_id, f"{where}.media_id")
    return LinkCard(given.url, given.title, given.description, picture)


def variants(library: Library, given: Mapping[str, take.VariantInput]) -> dict[str, Variant]:
    return {key: _variant(library, v, f"variants.{key}") for key, v in given.items()}


def _variant(library: Library, given: take.VariantInput, where: str) -> Variant:
    media = given.media_ids
    return Variant(
        text=given.text,
        media=None if media is None else library.freeze(media, f"{where}.media_ids"),
        parts=None if given.parts is None else parts(library, given.parts, f"{where}.parts"),
        options=None if given.options is None else options(given.options),
        first_comment=given.first_comment,
        card=card(library, given.card, f"{where}.card"),
    )


def content_of(library: Library, body: take.PostCreate) -> Content:
    return Content(
        text=body.text,
        media=library.freeze(body.media_ids, "media_ids"),
        parts=parts(library, body.parts, "parts"),
        options=options(body.options),
        variants=variants(library, body.variants),
        first_comment=body.first_comment,
        card=card(library, body.card, "card"),
    )


@dataclass(frozen=True)
class Review:
    """Content and where it goes, judged. `wrong` is never taken; `unfinished` is, as a draft.

    `voice` and the post's `tags`, by which its rules know what they hold for; `allowances` let some
    of them pass.
    """

    api: Api
    content: Content
    wanted: tuple[str, ...]
    known: Mapping[str, Account]
    library_problems: Sequence[Problem] = field(default=())
    answers: Target | None = None
    voice: Voice | None = None
    tags: tuple[str, ...] = ()
    allowances: tuple[Allowance, ...] = ()

    @cached_property
    def accounts(self) -> list[Account]:
        return [self.known[account_id] for account_id in self.wanted if account_id in self.known]

    @cached_property
    def wrong(self) -> list[Problem]:
        names = self.api.platforms.names()
        return [
            *self.library_problems,
            *content_problems(self.content),
            *(answer_problems(self.content) if self.answers else ()),
            *target_problems(self.wanted, self.content.variants, known=self.known, names=names),
        ]

    @cached_property
    def checks(self) -> list[tuple[Account, Check]]:
        """What each network would say, in the words of the request."""
        return [(account, self._check(account)) for account in self.accounts]

    def _draft(self, account: Account) -> Draft:
        return replace(draft_for(self.content, account), reply_to=self.answers)

    def preview(self, account: Account) -> Sequence[ShownPart]:
        """What readers of this account would see."""
        return self.api.platforms.preview(account, self._draft(account))

    def _check(self, account: Account) -> Check:
        draft = self._draft(account)
        found = self.api.platforms.check(account, draft)
        stops, warns = self._judged(account, draft, found)

        def moved(problems: Iterable[Problem]) -> tuple[Problem, ...]:
            return tuple(
                replace(p, where=where_in_post(p.where, self.content, account)) for p in problems
            )

        return replace(
            found,
            problems=moved((*found.problems, *stops)),
            notices=moved((*found.notices, *warns)),
        )

    def _judged(
        self, account: Account, draft: Draft, found: Check
    ) -> tuple[list[Problem], list[Problem]]:
        """By the rules of the brand's voice: what stops it, and what is worth knowing."""
        if self.voice is None or not self.voice.rules:
            return [], []
        from shared.core.judging import judged  # loads text segmentation

        return judged(
            self.voice,
            draft,
            platform=account.platform,
            tags=self.tags,
            links=found.links,
            allowances=self.allowances,
        )

    @cached_property
    def unfinished(self) -> list[tuple[Problem, str | None]]:
        """With the account that each is about, if one."""
        general = [(p, None) for p in readiness_problems(self.accounts)]
        return [*general, *((p, a.id) for a, check in self.checks for p in check.problems)]

    @cached_property
    def notices(self) -> list[tuple[Problem, str | None]]:
        """What the networks would have its author know."""
        return [(p, a.id) for a, check in self.checks for p in check.notices]

    @property
    def needs_prepare(self) -> bool:
        """Whether anything has to be uploaded or looked up before it can be sent."""
        needs_prepare = self.api.platforms.needs_prepare
        return any(needs_prepare(account, self._draft(account)) for account in self.accounts)

    @property
    def unlike_the_voice(self) -> list[tuple[Problem, str | None]]:
        """What the brand's own rules stop, whatever the networks would say."""
        return [(p, of) for p, of in self.unfinished if p.code.startswith(CODE)]

    def require_sound(self) -> None:
        """Raises InvalidDraft for what not even a draft may hold."""
        if self.wrong:
            raise InvalidDraft(self.wrong)

    def require_finished(self) -> None:
        """Raises InvalidDraft for what would keep it from being sent, of every account at once."""
        self.require_sound()
        if self.unfinished:
            raise AccountProblems(self.unfinished)


class AccountProblems(InvalidDraft):
    """Problems together with the accounts that they are about."""

    def __init__(self, found: Sequence[tuple[Problem, str | None]]) -> None:
        super().__init__([problem for problem, _ in found])
        self.account_ids = [account_id for _, account_id in found]


def review_of(api: Api, post: Post, known: Mapping[str, Account], voice: Voice) -> Review:
    """Of a post as it is stored."""
    return Review(
        api,
        post.content,
        post.account_ids,
        known,
        answers=target_of(post),
        voice=voice,
        tags=post.tags,
        allowances=holding(post),
    )


def known_accounts(api: Api, call: Call) -> dict[str, Account]:
    return {account.id: account for account in api.store.accounts(call.workspace_id)}


def fitting_for(api: Api, post: Post, known: Mapping[str, Account]) -> Fitting:
    """What each account's draft needs; nothing for an account that is gone."""

    def fit(account_id: str) -> Fit:
        account = known.get(account_id)
        if account is None:
            return Fit(part_count(post.content), needs_prepare=False)
        draft = draft_of(post, account)
        return Fit(len(draft.parts), api.platforms.needs_prepare(account, draft))

    return fit
