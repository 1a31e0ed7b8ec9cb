"""A POST with an Idempotency-Key happens once; its answer is kept for 24 hours and given again."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace

from functions.api.problems import BadRequest, Unprocessable
from functions.api.routing import Answer, Call, Operation
from shared.core.errors import Conflict, SocialError
from shared.core.ports import Answered
from shared.core.services import Api
from shared.core.values import dataclass

KEPT_BYTES = 360_000
"""Of an answer; what is left of DynamoDB's 400 KB for an item is for its other attributes."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same one."""

    key: str
    method: str
    path: str
    body: bytes

    def hash_for(self, call: Call) -> str:
        parts = (self.method, self.path, call.workspace or "", self.key, call.by)
        head = "\n".join(parts).encode()
        return hashlib.sha256(head + b"\n\n" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as text, fresh or repeated."""

    status: int
    text: str | None
    fresh: Answer | None = None


def given(answer: Answer) -> Given:
    return Given(answer.status, answer.body.model_dump_json() if answer.body else None, answer)


def once(
    api: Api, call: Call, operation: Operation, request: Request, run: Callable[[Call], Answer]
) -> Given:
    """Run it, or give the answer that an earlier request with this key got.

    Raises Conflict while that one is still at work, Unprocessable when it asked for something else.
    """
    if not _KEY.fullmatch(request.key):
        words = "An Idempotency-Key is 1 to 200 visible ASCII characters, such as a UUID."
        raise BadRequest("bad_idempotency_key", words)
    request_hash = request.hash_for(call)
    scope = call.signed_in.id
    earlier = api.store.begin_request(scope, request.key, request_hash, now=call.now)
    if earlier is not None:
        return _repeated(earlier, request_hash)
    try:
        answer = given(run(replace(call, request_hash=request_hash)))
    except BaseException:
        _forget(api, scope, request.key)
        raise
    kept = Answered(request_hash, answer.status, _without(answer.text, operation.unkept))
    try:
        _keep(api, scope, request.key, kept)
    except SocialError as error:
        # It is done; a repeat is told so, or finds what was made by its id.
        api.telemetry.log("answer not kept", error=error.code, operation=operation.id)
    return answer


def _keep(api: Api, scope: str, key: str, kept: Answered) -> None:
    if len((kept.body or "").encode()) > KEPT_BYTES:
        raise Conflict("the answer is larger than one stored item", code="answer_too_large")
    api.store.finish_request(scope, key, kept)


def _forget(api: Api, scope: str, key: str) -> None:
    """The request changed nothing, or can be repeated; without this it waits for a minute."""
    try:
        api.store.forget_request(scope, key)
    except SocialError as error:
        api.telemetry.log("reservation not released", error=error.code)


def _repeated(earlier: Answered, request_hash: str) -> Given:
    if earlier.request_hash != request_hash:
        words = "This Idempotency-Key was used for another request; take a new one for each."
        raise Unprocessable("idempotency_key_reused", words)
    if earlier.status is None:
        words = "The request with this Idempotency-Key is still at work; ask again in a moment."
        raise Conflict(words, code="request_in_progress")
    return Given(earlier.status, earlier.body)


def _without(text: str | None, field: str | None) -> str | None:
    """Secrets are shown once and never kept."""
    if text is None or field is None:
        return text
    return json.dumps({**json.loads(text), field: None}, ensure_ascii=False, separators=(",", ":"))
