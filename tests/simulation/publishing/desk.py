"""People at their desks: they change, stop and approve posts through the api's own functions."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from functions.api import accounts, actions, pauses, pausing, posts, workspaces
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import pauses as shapes
from functions.api.schemas import requests as take
from shared.core.lifecycle import S
from shared.core.models import MINUTE, SECOND, Delivery
from shared.core.pauses import on_all
from shared.core.posts import is_approved
from shared.core.schedule import instant, rfc3339
from shared.core.services import Api
from shared.core.workspaces import AccountState, ApiKey, Pause, PauseFate, PauseScope
from tests.fakes.api_world import FakeDownload, FakePages, SeqSecrets
from tests.fakes.time import START
from tests.simulation.publishing.machine import Process
from tests.simulation.publishing.network import NetworkPort
from tests.simulation.publishing.ports import (
    ClockPort,
    Ports,
    QueuePort,
    SilentTelemetry,
    StorePort,
)
from tests.simulation.publishing.scenario import Event

if TYPE_CHECKING:
    from tests.simulation.publishing.installation import Installation

KEY = ApiKey("key_1", "", "desk", START, "somebody")
WORKSPACE = "wks_1"


class Desk:
    """`happens` starts what an event says; the watch is told what was promised."""

    def __init__(self, world: "Installation") -> None:
        self._world = world
        self._reviving: Counter[str] = Counter()
        """Requests on their way that may undo a stop, by post or by what a pause is about."""
        self._unanswered: Counter[str] = Counter()
        """Requests that got no answer since they last got one: people repeat them."""
        self._edits = 0

    def happens(self, event: Event) -> None:
        world = self._world
        post_id = world.posts.get(event.post)
        if post_id is None:
            return
        world.note(f"people: {event.what}")
        if event.what in ("expire", "revoke", "rotate"):
            self._credential(event.what, world.accounts[event.arg % 2].profile)
            return
        account_id = world.accounts[event.arg // 1000 % 2].id
        doing: dict[str, Callable[[Api, Call], None]] = {
            "edit": lambda api, call: self._edit(api, call, post_id, live=event.arg % 2 == 0),
            "reschedule": lambda api, call: self._reschedule(api, call, post_id, event.arg),
            "cancel": lambda api, call: self._cancel(api, call, post_id),
            "approve": lambda api, call: self._approve(api, call, post_id),
            "ask for approval": lambda api, call: self._gate(api, call, post_id),
            "pause account": lambda api, call: self._pause(api, call, account_id),
            "pause workspace": lambda api, call: self._pause(api, call, None),
            "resume account": lambda api, call: self._resume(api, call, account_id),
            "resume workspace": lambda api, call: self._resume(api, call, None),
            "pause something": lambda api, call: self._pause_something(api, call, event),
            "end pause": lambda api, call: self._end_pause(api, call, event),
            "tag": lambda api, call: self._tag(api, call, post_id),
            "take down": lambda api, call: self._take_down(api, call, post_id),
            "send again": lambda api, call: self._send_again(api, call, post_id),
            "verify": lambda api, call: self._verify(api, call, account_id),
            "reconnect": lambda api, call: self._reconnect(api, call, account_id),
        }
        whom = {"resume account": f"resume {account_id}", "reconnect": f"reconnect {account_id}"}
        whom |= {"resume workspace": "resume workspace", "approve": f"approve {post_id}"}
        self._request(whom.get(event.what, f"{event.what} {event.post}"), doing[event.what])

    def _request(self, what: str, act: Callable[[Api, Call], None]) -> None:
        world = self._world
        process = world.process("api")
        api = self._api(process)
        call = Call(process.local(), key=KEY, workspace=WORKSPACE)
        world.machine.trace(process, f"PEOPLE: {what}")
        self._unanswered[what] += 1

        def told() -> None:
            world.machine.trace(process, f"answers yes: {what}")
            self._unanswered[what] = 0

        world.spawn(process, lambda: act(api, call), told)

    def _api(self, process: Process) -> Api:
        world = self._world
        ports = Ports(world, process)
        return Api(
            store=StorePort(ports),  # type: ignore[arg-type]  # its methods are made from the fake's
            queue=QueuePort(ports),
            platforms=NetworkPort(world.network, ports),
            vault=world.vault,
            bucket=world.bucket,
            download=FakeDownload(),
            read_page=FakePages(),
            clock=ClockPort(process),
            ids=world.ids,
            secrets=SeqSecrets(),
            telemetry=SilentTelemetry(process),
            timing=world.timing,
        )

    def _credential(self, what: str, profile: str) -> None:
        """On the network's side; `rotate`: another function refreshed it just now."""
        world = self._world
        world.machine.trace(None, f"credential of {profile}: {what}")
        if what == "revoke":
            world.network.revoked.add(profile)
            return
        world.network.expire(profile)
        if what == "rotate":
            (account,) = [a for a in world.accounts if a.profile == profile]
            token = {"token": world.network.token(profile)}
            sealed = world.vault.seal(WORKSPACE, account.id, token)
            world.store.credentials[WORKSPACE, account.id] = sealed

    def _edit(self, api: Api, call: Call, post_id: str, *, live: bool) -> None:
        self._edits += 1
        post = self._world.store.post_items.get((WORKSPACE, post_id))
        words = post.content.text.split(" (")[0] if post else ""
        body = take.PostEdit(text=f"{words} (edit {self._edits})", update_live=live)
        posts.edit_post(api, call, post_id=post_id, body=body)

    def _gate(self, api: Api, call: Call, post_id: str) -> None:
        posts.edit_post(api, call, post_id=post_id, body=take.PostEdit(requires_approval=True))

    def _approve(self, api: Api, call: Call, post_id: str) -> None:
        actions.approve_post(api, call, post_id=post_id, body=take.Approve())

    def _reviving_while(self, names: list[str], act: Callable[[], None]) -> None:
        """While this runs, and from then on, an earlier stop promises nothing."""
        self._reviving.update(names)
        try:
            act()
        finally:
            self._reviving.subtract(names)

    def _undo(self, post_id: str) -> None:
        self._world.watch.stops.pop(post_id, None)
        self._world.watch.earliest.pop(post_id, None)

    def _reschedule(self, api: Api, call: Call, post_id: str, later: int) -> None:
        at = rfc3339(call.now + later)
        self._undo(post_id)
        told = instant(at, where="at")

        def plan() -> None:
            actions.schedule_post(api, call, post_id=post_id, body=take.Schedule(at=at))
            self._world.watch.stops.pop(post_id, None)
            post = self._world.store.post_items.get((WORKSPACE, post_id))
            planned = None if post is None else post.plan  # another may have taken it down by now
            if self._reviving[post_id] == 1 and planned and planned.at == told:
                self._world.watch.earliest[post_id] = told

        self._reviving_while([post_id], plan)

    def _send_again(self, api: Api, call: Call, post_id: str) -> None:
        self._undo(post_id)

        def again() -> None:
            actions.retry_post(api, call, post_id=post_id, body=take.Retry())
            self._undo(post_id)

        self._reviving_while([post_id], again)

    def _cancel(self, api: Api, call: Call, post_id: str) -> None:
        self._world.stopped_by_people.add(post_id)
        actions.cancel_post(api, call, post_id=post_id)
        if not self._reviving[post_id]:
            self._world.watch.stops[post_id] = True

    def _take_down(self, api: Api, call: Call, post_id: str) -> None:
        self._world.stopped_by_people.add(post_id)
        posts.delete_post(api, call, post_id=post_id)
        if not self._reviving[post_id]:
            self._world.watch.stops[post_id] = True

    def _pause(self, api: Api, call: Call, account_id: str | None) -> None:
        if account_id is None:
            answer = workspaces.pause_workspace(
                api, call, workspace_id=WORKSPACE, body=take.PauseAtOnce()
            )
        else:
            answer = accounts.pause_account(
                api, call, account_id=account_id, body=take.PauseAtOnce()
            )
        body = answer.body
        assert isinstance(body, out.Paused)
        scope = PauseScope.WORKSPACE if account_id is None else PauseScope.ACCOUNT
        made = Pause(call.now, call.by, scope=scope, value=account_id or "")
        self._promised(made, body.still_leaving)

    def _promised(self, made: Pause, leaving: list[out.LeavingDelivery]) -> None:
        """From now on nothing that it covers leaves, but for what is named, unless somebody is
        about to undo it."""
        if self._reviving[about(made)]:
            return
        named = {one.delivery_id for one in leaving}
        attempts = {
            ref.id: d.attempt
            for ref, d in self._world.store.delivery_items.items()
            if ref.id in named
        }
        self._world.watch.pauses.append((made, attempts))

    def _pause_something(self, api: Api, call: Call, event: Event) -> None:
        """Of any scope, at once or soon, with or without an end, with any fate."""
        wanted = self._wanted(call, event)
        answer = pauses.create_pause(api, call, body=wanted).body
        assert isinstance(answer, shapes.PauseMade)
        made = Pause(
            at=call.now,
            by=call.by,
            until=None if wanted.until is None else instant(wanted.until, where="until"),
            scope=wanted.scope,
            value=wanted.value,
            since=None if wanted.since is None else instant(wanted.since, where="since"),
            fate=wanted.fate,
        )
        self._promised(made, answer.still_leaving)

    def _wanted(self, call: Call, event: Event) -> shapes.PauseCreate:
        world, n = self._world, event.at
        scope = list(PauseScope)[n % 5]
        values = {PauseScope.PLATFORM: "fake", PauseScope.TAG: "Promo"}
        values[PauseScope.ACCOUNT] = world.accounts[n // 5 % 2].id
        begins_in = (0, 20 * SECOND, 2 * MINUTE)[n // 10 % 3]
        lasts = (None, 30 * SECOND, 3 * MINUTE, 15 * MINUTE)[n // 30 % 4]
        start = call.now + begins_in
        return shapes.PauseCreate(
            scope=scope,
            value=values.get(scope, ""),
            since=rfc3339(start) if begins_in else None,
            until=None if lasts is None else rfc3339(start + lasts),
            fate=list(PauseFate)[n // 120 % 3],
        )

    def _end_pause(self, api: Api, call: Call, event: Event) -> None:
        """One of those that are listed."""
        known = pausing.of_workspace(api, call)
        if known:
            self._end(api, call, known[event.arg // SECOND % len(known)])

    def _end(self, api: Api, call: Call, pause: Pause) -> None:
        key = about(pause)
        self._forget(key)
        self._reviving_while([key], lambda: void(pauses.end_pause(api, call, pause_id=pause.id)))
        self._forget(key)

    def _forget(self, key: str) -> None:
        watch = self._world.watch
        watch.pauses = [each for each in watch.pauses if about(each[0]) != key]

    def _resume(self, api: Api, call: Call, account_id: str | None) -> None:
        key = f"{PauseScope.WORKSPACE} " if account_id is None else f"account {account_id}"
        self._forget(key)

        def resume() -> None:
            if account_id is None:
                workspaces.resume_workspace(api, call, workspace_id=WORKSPACE)
            else:
                accounts.resume_account(api, call, account_id=account_id)

        self._reviving_while([key], resume)
        self._forget(key)

    def _tag(self, api: Api, call: Call, post_id: str) -> None:
        posts.edit_post(api, call, post_id=post_id, body=take.PostEdit(tags=("promo",)))

    def _verify(self, api: Api, call: Call, account_id: str) -> None:
        accounts.verify_account(api, call, account_id=account_id)

    def _reconnect(self, api: Api, call: Call, account_id: str) -> None:
        account = self._world.store.account_items[WORKSPACE, account_id]
        body = take.AccountReconnect(fields={"name": account.remote_id})
        accounts.reconnect_account(api, call, account_id=account_id, body=body)

    def tidies_up(self) -> None:
        """The faults are over: people go on with what they see to be stopped."""
        world = self._world
        self._tidies_pauses()
        for account in world.accounts:
            self._tidies_account(account.id)
        for post in list(world.store.post_items.values()):
            asked = self._unanswered[f"approve {post.id}"]
            if asked or (not is_approved(post) and int(post.id[-1]) % 2):
                self._request(f"approve {post.id}", partial(self._approve, post_id=post.id))

    def _tidies_pauses(self) -> None:
        """All are ended but those whose end lets go by itself what they hold. One that somebody
        ended is still listed where its end was not answered, and is ended again.
        """
        world = self._world
        store = world.store
        workspace, accounts = store.workspace_items[WORKSPACE], store.account_items.values()
        for pause in on_all(store.settings, workspace, *accounts):
            if pause.ended or pause.fate is not PauseFate.SEND_AFTER or pause.until is None:
                self._request(f"end {pause.id}", partial(self._end, pause=pause))
        if self._unanswered["resume workspace"]:
            self._request("resume workspace", lambda api, call: self._resume(api, call, None))

    def _tidies_account(self, account_id: str) -> None:
        world = self._world
        account = world.store.account_items[WORKSPACE, account_id]
        resume, reconnect = f"resume {account_id}", f"reconnect {account_id}"
        if self._unanswered[resume]:
            self._request(resume, lambda api, call: self._resume(api, call, account_id))
        lost = account.state is not AccountState.CONNECTED
        if lost or account.profile in world.network.revoked or self._unanswered[reconnect]:
            self._request(reconnect, lambda api, call: self._reconnect(api, call, account_id))

    def settles(self) -> None:
        """Somebody looks at the profile and says what became of each unconfirmed delivery."""
        if not self._world.scenario.settles:
            return
        for delivery in list(self._world.store.delivery_items.values()):
            if delivery.state is S.UNCONFIRMED:
                self._settle(delivery)

    def _settle(self, delivery: Delivery) -> None:
        world = self._world
        key = f"{delivery.id}.{len(delivery.live)}"
        found = [post.id for post in world.network.posts if post.key == key]
        if found:
            url = f"https://fake.example/{found[0]}"
            body = take.Settle(live=take.LiveAt(url=url))
        else:
            body = take.Settle(send_again=True)
            self._undo(delivery.post_id)
        self._request(
            f"settle {key[-6:]}: {'live' if found else 'send again'}",
            lambda api, call: _settled(api, call, delivery, body),
        )


def _settled(api: Api, call: Call, delivery: Delivery, body: take.Settle) -> None:
    actions.settle_delivery(api, call, post_id=delivery.post_id, delivery_id=delivery.id, body=body)


def about(pause: Pause) -> str:
    """What a pause is about: whoever ends one of these may end the others."""
    return f"{pause.scope} {pause.value.casefold()}"


def void(_: object) -> None:
    """The answer is not looked at."""
