"""People at their desks: they change, stop and approve posts through the api's own functions."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from functions.api import accounts, actions, posts, workspaces
from functions.api.routing import Call
from functions.api.schemas import answers as out
from functions.api.schemas import requests as take
from shared.core.lifecycle import S
from shared.core.models import Delivery
from shared.core.posts import in_force, is_approved
from shared.core.schedule import instant, rfc3339
from shared.core.services import Api
from shared.core.workspaces import AccountState, ApiKey
from tests.fakes.api_world import FakeDownload, SeqSecrets
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
        """Requests on their way that may undo a stop, by post or account."""
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
            post = self._world.store.post_items[WORKSPACE, post_id]
            if self._reviving[post_id] == 1 and post.plan and post.plan.at == told:
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
        world = self._world
        if account_id is None:
            answer = workspaces.pause_workspace(
                api, call, workspace_id=WORKSPACE, body=take.Pause()
            )
        else:
            answer = accounts.pause_account(api, call, account_id=account_id, body=take.Pause())
        body = answer.body
        assert isinstance(body, out.Paused)
        leaving = {one.delivery_id for one in body.still_leaving}
        for account in world.accounts:
            if account_id in (None, account.id) and not self._reviving[account.id]:
                world.watch.pauses[account.id] = {
                    ref.id: d.attempt
                    for ref, d in world.store.delivery_items.items()
                    if ref.id in leaving
                }

    def _resume(self, api: Api, call: Call, account_id: str | None) -> None:
        world = self._world
        names = [a.id for a in world.accounts if account_id in (None, a.id)]
        for name in names:
            world.watch.pauses.pop(name, None)

        def resume() -> None:
            if account_id is None:
                workspaces.resume_workspace(api, call, workspace_id=WORKSPACE)
            else:
                accounts.resume_account(api, call, account_id=account_id)

        self._reviving_while(names, resume)
        for name in names:
            world.watch.pauses.pop(name, None)

    def _verify(self, api: Api, call: Call, account_id: str) -> None:
        accounts.verify_account(api, call, account_id=account_id)

    def _reconnect(self, api: Api, call: Call, account_id: str) -> None:
        account = self._world.store.account_items[WORKSPACE, account_id]
        body = take.AccountReconnect(fields={"name": account.remote_id})
        accounts.reconnect_account(api, call, account_id=account_id, body=body)

    def tidies_up(self) -> None:
        """The faults are over: people go on with what they see to be stopped."""
        world = self._world
        paused = in_force(world.store.workspace_items[WORKSPACE].paused, world.machine.now)
        if paused or self._unanswered["resume workspace"]:
            self._request("resume workspace", lambda api, call: self._resume(api, call, None))
        for account in world.accounts:
            self._tidies_account(account.id)
        for post in list(world.store.post_items.values()):
            asked = self._unanswered[f"approve {post.id}"]
            if asked or (not is_approved(post) and int(post.id[-1]) % 2):
                self._request(f"approve {post.id}", partial(self._approve, post_id=post.id))

    def _tidies_account(self, account_id: str) -> None:
        world = self._world
        account = world.store.account_items[WORKSPACE, account_id]
        resume, reconnect = f"resume {account_id}", f"reconnect {account_id}"
        if in_force(account.paused, world.machine.now) or self._unanswered[resume]:
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
