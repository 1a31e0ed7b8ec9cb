"""Small valid things to start a test from; `replace` or keywords make them special."""

from dataclasses import replace

from shared.core import lifecycle
from shared.core.engagement import (
    Author,
    Feed,
    InboxItem,
    ItemKind,
    SeenItem,
    Watch,
    elsewhere_delivery_id,
    elsewhere_post_id,
    item_id,
)
from shared.core.models import (
    Content,
    Delivery,
    DeliveryState,
    Elsewhere,
    MediaKind,
    Millis,
    Plan,
    Post,
    Remote,
    ReplyTo,
    SeenMedia,
    Target,
    WakeKind,
)
from shared.core.rollup import Series
from shared.core.timing import Timing
from shared.core.workspaces import Account, AuditEntry, Job, JobKind, MediaFile, Workspace
from tests.fakes.time import START

WORKSPACE = "wsp_00000000000000000000000001"
ACCOUNT = "acc_00000000000000000000000001"


def new_id(prefix: str, number: int) -> str:
    """An id of the real length and form."""
    return f"{prefix}_{number:026d}"


def workspace(workspace_id: str = WORKSPACE, **changes: object) -> Workspace:
    made = Workspace(id=workspace_id, name="Casa Azul", timezone="Europe/Madrid", created_at=START)
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def account(account_id: str = ACCOUNT, **changes: object) -> Account:
    made = Account(
        id=account_id,
        workspace_id=WORKSPACE,
        platform="mastodon",
        server="https://social.example",
        remote_id=account_id[-8:],
        handle="casa@social.example",
        display_name="Casa Azul",
        created_at=START,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def post(
    number: int = 1,
    *,
    due_at: Millis | None = START + 60_000,
    text: str = "Hello",
    **changes: object,
) -> Post:
    made = Post(
        id=new_id("pst", number),
        workspace_id=WORKSPACE,
        content=Content(text=text),
        account_ids=(ACCOUNT,),
        created_at=START,
        created_by="ada@example.com",
        updated_at=START,
        plan=None if due_at is None else Plan(at=due_at),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def draft_delivery(for_post: Post, account_id: str = ACCOUNT, *, number: int = 1) -> Delivery:
    """A delivery that nobody has planned yet."""
    return Delivery(
        id=new_id("dlv", number),
        workspace_id=for_post.workspace_id,
        post_id=for_post.id,
        account_id=account_id,
        platform="mastodon",
        state=DeliveryState.DRAFT,
        due_at=for_post.plan.at if for_post.plan else 0,
        created_at=for_post.created_at,
        parts=1 + len(for_post.content.parts),
    )


def delivery(
    for_post: Post,
    account_id: str = ACCOUNT,
    *,
    number: int = 1,
    needs_prepare: bool = False,
    **changes: object,
) -> Delivery:
    """A delivery planned for its post's instant."""
    made = lifecycle.scheduled(
        draft_delivery(for_post, account_id, number=number),
        due_at=for_post.plan.at if for_post.plan else START,
        needs_prepare=needs_prepare,
        now=START,
        timing=Timing(),
        by="ada@example.com",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def audit(number: int = 1, *, post_id: str | None = None, at: Millis = START) -> AuditEntry:
    return AuditEntry(
        id=new_id("aud", number),
        workspace_id=WORKSPACE,
        at=at,
        by="ada@example.com",
        action="post.created" if post_id else "workspace.changed",
        post_id=post_id,
        detail={"note": "by hand"},
    )


def job(number: int = 1, **changes: object) -> Job:
    made = Job(
        id=new_id("job", number),
        workspace_id=WORKSPACE,
        kind=JobKind.VERIFY,
        account_id=ACCOUNT,
        created_at=START,
        created_by="ada@example.com",
        wake_at=START,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def media_file(number: int = 1, **changes: object) -> MediaFile:
    made = MediaFile(
        id=new_id("med", number),
        workspace_id=WORKSPACE,
        name="sea.jpg",
        created_at=START,
        created_by="ada@example.com",
        key=f"{WORKSPACE}/{new_id('med', number)}/original",
        declared_mime="image/jpeg",
        declared_size=1_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def seen_item(number: int = 1, **changes: object) -> SeenItem:
    """A reply to us as a network shows it."""
    made = SeenItem(
        kind=ItemKind.REPLY,
        target=Target(f"https://social.example/notes/{number}", root_id="root"),
        author=Author(f"them-{number}", f"maria{number}@social.example", "María García"),
        text="¿Abrís también los domingos?",
        created_at=START + number * 1_000,
        parent_id="root",
        root_id="root",
        url=f"https://social.example/@maria/{number}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def inbox_item(number: int = 1, *, seen: SeenItem | None = None, **changes: object) -> InboxItem:
    shown = seen or seen_item(number)
    made = InboxItem(
        id=item_id(ACCOUNT, shown.remote_id),
        workspace_id=WORKSPACE,
        account_id=ACCOUNT,
        platform="mastodon",
        conversation_id=new_id("cnv", 1),
        seen=shown,
        at=shown.created_at,
        received_at=shown.created_at + 60_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def answer(number: int, item: InboxItem, **changes: object) -> tuple[Post, Delivery]:
    """A post of ours that answers `item`, about to leave."""
    to = ReplyTo(item.id, item.conversation_id, item.seen.target)
    made = replace(post(number, reply_to=to), **changes)  # type: ignore[arg-type]  # shorthand
    return made, delivery(made, item.account_id, number=number, answers=item.id)


def elsewhere(number: int = 1, **changes: object) -> tuple[Post, Delivery]:
    """A post with a picture that was found on the profile."""
    remote = Remote(f"elsewhere-{number}", f"https://social.example/@casa/{number}")
    at = START + number * 1_000
    seen = Elsewhere(START, (SeenMedia(MediaKind.IMAGE, "https://cdn.example/1.jpg", "a door"),))
    made = post(number, due_at=at, text="Found", id=elsewhere_post_id(ACCOUNT, remote.id))
    made = replace(made, elsewhere=seen, created_at=at, updated_at=at, created_by="")
    made = replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand
    live = replace(
        draft_delivery(made),
        id=elsewhere_delivery_id(ACCOUNT, remote.id),
        state=DeliveryState.PUBLISHED,
        live=(remote,),
        wake_kind=WakeKind.POLL,
        wake_at=START,
    )
    return made, live


def feed(**changes: object) -> Feed:
    made = Feed(WORKSPACE, ACCOUNT, created_at=START, wake_at=START + 1_000)
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def watch(number: int = 1, **changes: object) -> Watch:
    made = Watch(
        workspace_id=WORKSPACE,
        account_id=ACCOUNT,
        post_id=new_id("pst", number),
        delivery_id=new_id("dlv", number),
        remotes=(Remote(f"live-{number}"),),
        published_at=START,
        wake_at=START + number * 1_000,
        active_at=START,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand


def series(number: int = 1, **changes: object) -> Series:
    made = Series(
        workspace_id=WORKSPACE,
        account_id=ACCOUNT,
        platform="mastodon",
        post_id=new_id("pst", number),
        delivery_id=new_id("dlv", number),
        remotes=(Remote(f"live-{number}"),),
        published_at=START + number,
        wake_at=START + number * 1_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests' own shorthand
