"""The api's Lambda entry: HTTP by way of API Gateway, and two invocations for administrators.

Signing in, the workspace, bodies and repeated requests are dealt with here, once for every
operation of the route table; what is wrong becomes a problem document by one table of errors.
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.api import idempotency, problems
from functions.api.auth import person_behind, signed_in_key, with_workspace
from functions.api.idempotency import Given, Request
from functions.api.reading import raw_body, read_body, read_query
from functions.api.routing import Access, Answer, Call, Operation, etag
from functions.api.schemas.problems import Finding, ProblemDocument
from functions.api.table import is_of_the_api, resources_at, routes_of
from shared.core import errors
from shared.core.roles import Role
from shared.core.services import Api
from shared.runtime.observability import PowertoolsTelemetry
from shared.runtime.wiring_api import production_api

Event = dict[str, Any]
LONG = 8_192
"""Characters from which an answer travels packed, if the client takes that."""
JSON, PROBLEM = "application/json", "application/problem+json"
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

ERRORS: Mapping[type[Exception], tuple[int, str]] = {
    problems.BadRequest: (400, "The request cannot be read"),
    problems.NotSignedIn: (401, "Not signed in"),
    problems.NotAllowed: (403, "Not allowed"),
    problems.NoSuchRoute: (404, "There is no such path"),
    problems.WrongMethod: (405, "Not with this method"),
    problems.Stale: (412, "Changed meanwhile"),
    problems.TooLarge: (413, "Too large"),
    problems.WrongContentType: (415, "Not this content type"),
    problems.Unprocessable: (422, "The request must be changed"),
    errors.InvalidDraft: (422, "The request must be changed"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "Not possible as things stand"),
    errors.AccessRevoked: (422, "The network refused this credential"),
    errors.CredentialExpired: (422, "The network refused this credential"),
    errors.Rejected: (422, "The network refused this"),
    errors.Unsupported: (422, "The network does not offer this"),
    errors.RateLimited: (503, "The network asks to wait"),
    errors.PlatformError: (502, "The network did not answer as it should"),
    errors.StoreUnavailable: (503, "Try again in a moment"),
}
INTERNAL = (500, "Something went wrong in Tidings")


class App:
    """The operations on a resolver, added when the first request for one like them comes. `api` is
    called when it is first needed; `page` holds the built web page, if it is not where it is put.
    """

    def __init__(self, api: Callable[[], Api], *, page: Path | None = None) -> None:
        self._api, self._page = api, page
        self._added: set[str] = set()
        self._known: set[str] = set()
        self._resolver = APIGatewayHttpResolver()
        # The resolver's decorators and context carry no types.
        self._untyped: Any = self._resolver
        self._untyped.exception_handler(errors.SocialError)(self._refused)
        self._untyped.exception_handler(Exception)(self._broken)
        self._untyped.not_found(self._lost)

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        """An HTTP request, or an invocation such as `{"action": "sign_in_link", "email": …}`."""
        if "requestContext" not in event:
            from functions.api import direct

            return dict(direct.act(self._api(), event))
        self._make_ready_for(event["rawPath"])
        http = event["requestContext"]["http"]
        if http["method"] != "HEAD":
            return self._resolver.resolve(event, context)
        asked = {**event["requestContext"], "http": {**http, "method": "GET"}}
        return self._resolver.resolve({**event, "requestContext": asked}, context) | {"body": ""}

    def _make_ready_for(self, path: str) -> None:
        for name in resources_at(path):
            if name not in self._added:
                for operation in routes_of(name).operations:
                    self._add(operation)
                self._added.add(name)
        if not is_of_the_api(path) and "pages" not in self._added:
            self._add_pages()
            self._added.add("pages")

    def _add_pages(self) -> None:
        """What is no operation: the page with its files, and feeds."""
        from functions.api import pages, subscribed

        pages.add_to(self._resolver, lambda: self._api().bucket, self._page or pages.HERE)
        subscribed.add_to(self._resolver, self._api)

    def _add(self, operation: Operation) -> None:
        self._known.add(operation.id)

        def endpoint(**path: str) -> Response[Any]:
            return self._serve(operation, path)

        self._untyped.route(operation.pattern, operation.method, operation_id=operation.id)(
            endpoint
        )

    @property
    def _event(self) -> Event:
        return self._resolver.current_event.raw_event

    def _serve(self, operation: Operation, path: Mapping[str, str]) -> Response[Any]:
        """One request through its operation."""
        api, headers = self._api(), self._resolver.current_event.headers
        call = let_in(api, operation, headers, path)
        self._untyped.append_context(call=call)
        arguments = {**path, **parsed(operation, self._event, headers)}

        def run(once: Call) -> Answer:
            return operation.handler(api, once, **arguments)

        key = headers.get("idempotency-key")
        if key is None or not operation.repeatable or operation.method != "POST":
            given = idempotency.given(run(call))
        else:
            target = self._resolver.current_event.path
            request = Request(key, operation.method, target, raw_body(self._event))
            given = idempotency.once(api, call, operation, request, run)
        self._log(operation.id, given.status)
        return response_of(given)

    def _log(self, operation: str, status: int, code: str | None = None) -> None:
        call: Call | None = self._untyped.context.get("call")
        self._api().telemetry.log(
            "request",
            operation=operation,
            status=status,
            code=code,
            key_id=call.key.id if call and call.key else None,
            workspace_id=call.workspace if call else None,
            request_id=self._request_id,
        )

    @property
    def _request_id(self) -> str:
        return str(self._event["requestContext"].get("requestId", ""))

    def _refused(self, error: errors.SocialError) -> Response[Any]:
        """What was refused on purpose, as a problem document."""
        status, title = next(
            (ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS), INTERNAL
        )
        findings = findings_of(error)
        only = len(findings) == 1 and isinstance(error, errors.InvalidDraft)
        headers = dict(getattr(error, "headers", {}))
        if status == 503:
            headers["Retry-After"] = str(self._wait(error))
        return self._problem(
            status,
            title,
            code=findings[0].code if only else error.code,
            detail=error.message or str(error) or title,
            findings=findings,
            headers=headers,
        )

    def _wait(self, error: errors.SocialError) -> int:
        """Seconds until it is worth trying again."""
        at = getattr(error, "at", None)
        return max(1, (at - self._api().clock.now()) // 1_000) if isinstance(at, int) else 1

    def _broken(self, error: Exception) -> Response[Any]:
        """A bug or a wrong deployment: said without a word of what the request was about."""
        # Where it happened, but not the exception's words: they may hold content.
        frames = [
            f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
        ]
        self._api().telemetry.log(
            "request failed",
            error=type(error).__name__,
            frames=frames[-12:],
            request_id=self._request_id,
        )
        words = "It is not your request. If it goes on, look for this request_id in the api's log."
        return self._problem(*INTERNAL, code="internal", detail=words)

    def _lost(self, error: Exception) -> Response[Any]:
        """No operation has this path; or one has, with another method."""
        path = self._resolver.current_event.path
        routes = [*self._untyped._static_routes, *self._untyped._dynamic_routes]
        allowed = ", ".join(sorted({r.method for r in routes if r.rule.match(path)}))
        if allowed:
            words = f"{path[:200]} is there for {allowed}."
            headers = {"Allow": allowed}
            return self._refused(problems.WrongMethod("wrong_method", words, headers=headers))
        words = f"There is nothing at {path[:200]}; /docs shows what there is."
        return self._refused(problems.NoSuchRoute("no_such_path", words))

    def _problem(
        self,
        status: int,
        title: str,
        *,
        code: str,
        detail: str,
        findings: list[Finding] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        route = self._untyped.context.get("_route")
        name = getattr(route, "operation_id", "")
        self._log(name if name in self._known else "none", status, code)
        document = ProblemDocument(
            type=f"urn:tidings:problem:{code}",
            title=title,
            status=status,
            detail=detail,
            code=code,
            problems=findings or [],
            request_id=self._request_id,
        )
        return Response(
            status, PROBLEM, document.model_dump_json(), {**_PRIVATE, **(headers or {})}
        )


def let_in(
    api: Api, operation: Operation, headers: Mapping[str, str], path: Mapping[str, str]
) -> Call:
    """Raises NotSignedIn, NotAllowed or BadRequest; NotFound where the path names a workspace that
    is not the caller's.
    """
    now = api.clock.now()
    if operation.access is Access.OPEN:
        return Call(now)
    key = signed_in_key(api, headers, now=now)
    call = Call(now, key, if_match=headers.get("if-match"), person=person_behind(api, key))
    if operation.access is Access.WORKSPACE:
        call = with_workspace(api, call, headers)
    elif "workspace_id" in path:
        if not call.covers(path["workspace_id"]):
            raise errors.NotFound("there is no such workspace")
        call = replace(call, workspace=path["workspace_id"])
    _require(call, operation.least_role)
    if call.workspace is not None and operation.method != "GET" and not operation.when_archived:
        _require_active(api, call)
    return call


def _require(call: Call, least: Role) -> None:
    """What is about no single workspace asks for its role in those that it concerns itself."""
    if call.workspace is not None or least is Role.OWNER:
        call.require(least)
    elif least is not Role.VIEWER and not call.reaches_somewhere(least):
        words = f"This needs the role {least.value}, and you have it in no workspace."
        raise problems.NotAllowed("role_needed", f"{words} An admin can give it, under People.")


def _require_active(api: Api, call: Call) -> None:
    archived = call.archived
    if archived is None:
        archived = api.store.workspace(call.workspace_id).archived_at is not None
    if archived:
        words = "This workspace is archived: it can be read, and an owner can restore it."
        raise errors.Conflict(words, code="archived")


def parsed(operation: Operation, event: Event, headers: Mapping[str, str]) -> dict[str, Any]:
    """The body and the query as the operation wants them."""
    arguments: dict[str, Any] = {}
    query = read_query(event.get("queryStringParameters") or {}, operation.query)
    if operation.query.model_fields:
        arguments["query"] = query
    data = raw_body(event)
    if operation.body is not None:
        arguments["body"] = read_body(data, headers.get("content-type", ""), operation.body)
    elif data.strip() not in (b"", b"{}"):
        raise problems.BadRequest("no_body_expected", "This takes no body.")
    return arguments


def response_of(given: Given) -> Response[Any]:
    headers = dict(_PRIVATE)
    if given.fresh is None:
        headers["Idempotency-Replayed"] = "true"
    elif given.fresh.version is not None:
        headers["ETag"] = etag(given.fresh.version)
    if given.text is None:
        return Response(given.status, headers=headers, body="")
    return Response(given.status, JSON, given.text, headers, compress=len(given.text) > LONG)


def findings_of(error: errors.SocialError) -> list[Finding]:
    found: tuple[errors.Problem, ...] = getattr(error, "problems", ())
    if not found:
        return []
    from functions.api.views import finding

    accounts: list[str | None] = getattr(error, "account_ids", [None] * len(found))
    return [finding(p, account_id) for p, account_id in zip(found, accounts, strict=True)]


@lru_cache(maxsize=1)
def _production() -> Api:
    return production_api(PowertoolsTelemetry("api"))


handler = App(_production)
