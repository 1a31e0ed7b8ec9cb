"""The mutants of publishing: one safeguard taken away each, and the tests that then must fail."""

from tests.mutants.changing import Mutant

SENDING = "tests/unit/publish/test_sending.py"
UNKNOWN = "tests/unit/publish/test_unknown.py"
BETWEEN = "tests/unit/publish/test_between.py"
JOBS = "tests/unit/publish/test_jobs.py"
DYNAMO = "tests/contract/test_store.py::TestDynamoStore"
LINES = "tests/contract/test_store_broken_lines.py"
POSTS = "tests/unit/core/test_posts.py"

CLAIMING = (
    Mutant(
        name="a claim of what is claimed",
        safeguard="only what waits can be claimed",
        module="shared.store.publish_store",
        old="AND #state IN ({', '.join(allowed)})\"",
        new="AND (#state IN ({', '.join(allowed)}) OR attribute_exists(wake_pk))\"",
        tests=(f"{DYNAMO}::test_only_one_claims",),
    ),
    Mutant(
        name="a claim of what is to be prepared",
        safeguard="a claim to send takes nothing that still has to be prepared",
        module="shared.store.publish_store",
        old='condition=f"wake_pk = :pk AND',
        new='condition=f"(wake_pk = :pk OR attribute_exists(wake_pk)) AND',
        tests=(f"{DYNAMO}::test_what_waits_for_preparing_is_not_claimed_for_sending",),
    ),
    Mutant(
        name="a retry before its time, in the table",
        safeguard="what is to be tried again later is not claimed before",
        module="shared.store.publish_store",
        old="OR retry_at <= :soon)",
        new="OR retry_at <= :soon OR retry_at > :soon)",
        tests=(f"{DYNAMO}::test_but_not_before_its_time_whoever_handed_it_out",),
    ),
    Mutant(
        name="a retry before its time",
        safeguard="what is to be tried again later is not claimed before",
        module="shared.core.lifecycle",
        old="    if delivery.retry_at is not None and delivery.retry_at > now + EARLY:",
        new="    if False:",
        tests=(f"{SENDING}::test_a_platforms_pause_is_kept_although_the_message_comes_twice",),
    ),
    Mutant(
        name="a retry a little before its time",
        safeguard="a retry that was handed out early waits for its instant",
        module="functions.publish.delivering",
        old="    publisher.clock.sleep_until(delivery.retry_at or 0)\n",
        new="",
        tests=(
            f"{BETWEEN}::test_a_retry_waits_for_its_instant"
            "_although_it_is_handed_out_a_little_early",
        ),
    ),
    Mutant(
        name="a message of an older plan",
        safeguard="what was planned for later since is left to the tick",
        module="functions.publish.delivering",
        old="    if delivery.due_at - now > early:",
        new="    if False:",
        tests=(f"{BETWEEN}::test_a_message_for_an_older_plan_leaves_the_delivery_to_the_tick",),
    ),
    Mutant(
        name="any version moves",
        safeguard="a delivery moves only from the version that was read",
        module="shared.store.dynamo",
        old='        condition="#version = :before",',
        new='        condition="#version = :before OR attribute_exists(pk)",',
        tests=(f"{DYNAMO}::test_only_the_current_version_moves",),
    ),
    Mutant(
        name="a lost answer of the table is a defeat",
        safeguard="a conditional write that was repeated is recognised as our own",
        module="shared.store.dynamo",
        old="            if refused.is_from(nonce, write):",
        new="            if False:",
        tests=(f"{LINES}::test_a_claim_whose_answer_was_lost_is_ours",),
    ),
)

LEASES = (
    Mutant(
        name="a lease shorter than the timeout",
        safeguard="the hard kill of a worker comes before the end of its lease",
        module="shared.core.lifecycle",
        old="    lease: Millis = 75 * SECOND",
        new="    lease: Millis = 40 * SECOND",
        tests=(
            "tests/template/test_resources.py::test_leases_outlast_the_hard_kill_of_a_worker",
            f"{BETWEEN}::test_a_worker_keeps_its_delivery_for_as_long_as_it_may_live",
        ),
    ),
    Mutant(
        name="a send that the kill may interrupt",
        safeguard="nobody begins to send without time for the answer",
        module="functions.publish.sending",
        old="    if min(time_left(), lease_left) < needed + wait:",
        new="    if lease_left < needed + wait:",
        tests=(f"{BETWEEN}::test_nobody_begins_to_send_who_may_be_killed_meanwhile",),
    ),
    Mutant(
        name="an intent under a lease that ends",
        safeguard="the lease is looked at once more with the intent",
        module="shared.core.lifecycle",
        old="    if delivery.lease_until is None or delivery.lease_until < now + lease:",
        new="    if delivery.lease_until is None:",
        tests=(f"{BETWEEN}::test_nobody_begins_to_send_whose_lease_may_end_meanwhile",),
    ),
    Mutant(
        name="no reaper of claims",
        safeguard="what a worker lost before its intent goes on",
        module="functions.publish.delivering",
        old="    if delivery.state is S.CLAIMED:",
        new="    if False:",
        tests=(
            f"{UNKNOWN}::test_a_worker_lost_after_the_claim_sent_nothing_and_the_post_still_goes",
        ),
    ),
    Mutant(
        name="no reaper of sends",
        safeguard="what a worker lost after its intent is cleared up",
        module="functions.publish.delivering",
        old="    elif delivery.state is S.SENDING:",
        new="    elif False:",
        tests=(
            f"{UNKNOWN}::test_exactly_one_copy_whatever_was_lost[crash_before-K]",
            f"{UNKNOWN}::test_exactly_one_copy_whatever_was_lost[crash_after-L]",
        ),
    ),
    Mutant(
        name="the living are reaped",
        safeguard="a lease that has not run out is left alone",
        module="functions.publish.delivering",
        old="            and delivery.wake_at <= now\n",
        new="",
        tests=(f"{BETWEEN}::test_a_message_that_comes_again_disturbs_no_worker_that_is_sending",),
    ),
)

SENDS = (
    Mutant(
        name="no intent",
        safeguard="the intent is written before anything is sent",
        module="functions.publish.sending",
        old="    delivery = publisher.store.advance(delivery, after)\n",
        new="    delivery = after\n",
        tests=(
            f"{UNKNOWN}::test_exactly_one_copy_whatever_was_lost[crash_after-L]",
            f"{SENDING}::test_from_the_intent_on_a_cancel_is_refused",
        ),
    ),
    Mutant(
        name="sent early",
        safeguard="the request is held back to the due instant",
        module="functions.publish.sending",
        old="    publisher.clock.sleep_until(moment)\n",
        new="",
        tests=(f"{SENDING}::test_a_post_is_live_at_its_moment_and_never_early",),
    ),
    Mutant(
        name="a read timeout is tried again",
        safeguard="after the first byte nobody can tell whether it happened",
        module="shared.platforms.http",
        old="    httpx.ReadTimeout: Phase.AFTER,",
        new="    httpx.ReadTimeout: Phase.BEFORE,",
        tests=(
            "tests/unit/platforms/test_http.py"
            "::test_afterwards_nobody_can_tell_unless_nothing_could_change[error0]",
        ),
    ),
    Mutant(
        name="an answer 5xx is tried again",
        safeguard="an error of the server says nothing about the post",
        module="shared.platforms.mastodon_server",
        old="return Transient(message, code=code) if request.safe else Ambiguous(message)",
        new="return Transient(message, code=code)",
        tests=(
            "tests/unit/platforms/test_mastodon.py"
            "::test_an_answer_that_says_nothing_leaves_it_unknown[unclear8]",
        ),
    ),
    Mutant(
        name="an unknown outcome is tried again",
        safeguard="what may have happened is looked up first",
        module="functions.publish.sending",
        old="    except (RateLimited, Transient) as error:",
        new="    except (RateLimited, Transient, Ambiguous) as error:",
        tests=(f"{UNKNOWN}::test_exactly_one_copy_whatever_was_lost[lost_answer-L]",),
    ),
    Mutant(
        name="one key for a whole thread",
        safeguard="every part of a thread has a key of its own",
        module="functions.publish.sending",
        old='        key=f"{delivery.id}.{part}",',
        new="        key=delivery.id,",
        tests=(f"{SENDING}::test_a_thread_is_sent_part_by_part_as_replies",),
    ),
    Mutant(
        name="parts that hang nowhere",
        safeguard="every part of a thread answers the one before",
        module="functions.publish.sending",
        old="        earlier=delivery.live,\n",
        new="",
        tests=(f"{SENDING}::test_a_thread_is_sent_part_by_part_as_replies",),
    ),
    Mutant(
        name="bytes that change",
        safeguard="every attempt sends the same bytes",
        module="functions.publish.sending",
        old="        created_at=delivery.due_at,",
        new="        created_at=delivery.attempt_at or delivery.due_at,",
        tests=(f"{BETWEEN}::test_every_attempt_sends_the_same_bytes",),
    ),
    Mutant(
        name="one key on the wire",
        safeguard="Mastodon is told the key of the part",
        module="shared.platforms.mastodon_server",
        old='({"Idempotency-Key": key} if key else {})',
        new='{"Idempotency-Key": "tidings"}',
        tests=(
            "tests/unit/platforms/test_mastodon.py"
            "::test_a_post_is_sent_whole_with_its_key_and_its_visibility",
        ),
    ),
    Mutant(
        name="what was prepared for something else",
        safeguard="what the platform prepared is bound to the content",
        module="functions.publish.sending",
        old='        or stored.get("hash") != wanted_hash\n',
        new="",
        tests=(f"{BETWEEN}::test_what_was_prepared_for_another_picture_is_not_sent",),
    ),
    Mutant(
        name="an answer after the lease is dropped",
        safeguard="a remote id is kept although the delivery moved meanwhile",
        module="functions.publish.moves",
        old="    for _ in range(3):",
        new="    for _ in range(1):",
        tests=(f"{BETWEEN}::test_an_answer_that_comes_after_the_lease_is_not_lost",),
    ),
)

LOCKS = (
    Mutant(
        name="no content lock",
        safeguard="the same content is never in flight twice on one profile",
        module="functions.publish.sending",
        old="    if first and not take_content_lock(",
        new="    if False and not take_content_lock(",
        tests=(f"{BETWEEN}::test_a_copy_waits_until_it_is_known_what_became_of_the_other",),
    ),
    Mutant(
        name="a lock taken from a send",
        safeguard="a lock is taken over only when its holder's attempt has ended",
        module="functions.publish.locks",
        old="    if holder.state in LEAVING or claimed:",
        new="    if claimed:",
        tests=(f"{BETWEEN}::test_a_copy_waits_until_it_is_known_what_became_of_the_other",),
    ),
    Mutant(
        name="a lock taken before the send",
        safeguard="a holder that is about to send keeps its lock",
        module="functions.publish.locks",
        old="    if holder.state in LEAVING or claimed:",
        new="    if holder.state in LEAVING:",
        tests=(f"{BETWEEN}::test_a_copy_waits_also_for_a_holder_that_has_not_begun_to_send",),
    ),
    Mutant(
        name="a lock taken blindly",
        safeguard="a lock is taken over only as it was seen",
        module="shared.store.publish_store",
        old='"#holder = :holder AND #attempt = :attempt AND #at = :at",',
        new='"#holder = :holder AND #attempt = :attempt AND #at = :at OR attribute_exists(pk)",',
        tests=(f"{DYNAMO}::test_one_lock_per_content_and_profile",),
    ),
    Mutant(
        name="no owned ids",
        safeguard="what other deliveries own is not taken for ours",
        module="functions.publish.locks",
        old="    others = lock.owned if lock else ()",
        new="    others: tuple[str, ...] = ()",
        tests=(f"{UNKNOWN}::test_somebody_elses_identical_post_is_not_adopted",),
    ),
    Mutant(
        name="owned ids of the last holder only",
        safeguard="what all earlier holders own is carried along",
        module="functions.publish.locks",
        old="        owned = (*owned, *left)[-OWNED:]",
        new="        owned = left",
        tests=(f"{BETWEEN}::test_what_earlier_holders_of_a_lock_sent_is_remembered",),
    ),
    Mutant(
        name="owned ids unheeded on Mastodon",
        safeguard="what other deliveries own is not taken for ours",
        module="shared.platforms.mastodon_locate",
        old="        owned=owned | {remote.id for remote in outgoing.earlier},",
        new="        owned=frozenset(remote.id for remote in outgoing.earlier),",
        tests=(
            "tests/unit/platforms/test_mastodon_locate.py"
            "::test_what_another_delivery_owns_is_left_out",
        ),
    ),
)

LOOKS = (
    Mutant(
        name="no quiet window",
        safeguard="nobody looks before a late request can have been applied",
        module="functions.publish.moves",
        old="    return min(facts.quiet, publisher.timing.quiet)",
        new="    return 0",
        tests=(
            f"{UNKNOWN}::test_the_look_waits_for_the_quiet_window"
            "_so_that_a_late_application_is_seen",
        ),
    ),
    Mutant(
        name="sent again where nobody can look",
        safeguard="where nothing can be asked a person decides",
        module="functions.publish.unknown",
        old="        moves.ask_a_person(publisher, delivery, None)",
        new='        moves.hand_over(publisher, delivery, at=now, why="again")',
        tests=(f"{UNKNOWN}::test_where_nothing_can_be_asked_a_person_decides",),
    ),
    Mutant(
        name="a look that failed found nothing",
        safeguard="a look that fails says nothing about the post",
        module="functions.publish.unknown",
        old="        _look_again(publisher, delivery, moves.failure(error, now))",
        new='        moves.hand_over(publisher, delivery, at=now, why="it is not there")',
        tests=(f"{UNKNOWN}::test_a_look_that_fails_says_nothing_about_the_post",),
    ),
    Mutant(
        name="clocks that agree",
        safeguard="a network's clock may be behind ours",
        module="functions.publish.unknown",
        old="(delivery.due_at, delivery.attempt_at or delivery.due_at) - SKEW",
        new="(delivery.due_at, delivery.attempt_at or delivery.due_at)",
        tests=(f"{BETWEEN}::test_a_network_whose_clock_is_behind_shows_our_post_all_the_same",),
    ),
)

TICKS = (
    Mutant(
        name="marked before it is handed out",
        safeguard="a message is sent first, the timer moved second",
        module="functions.publish.ticking",
        old="    sent = publisher.queue.send(wakes, now=now, lead=publisher.timing.lead)\n",
        new="    for wake in wakes:\n"
        "        again = max(now, wake.due_at) + publisher.timing.redispatch\n"
        "        publisher.store.mark_dispatched(wake, wake_at=again)\n"
        "    sent = publisher.queue.send(wakes, now=now, lead=publisher.timing.lead)\n",
        tests=(f"{BETWEEN}::test_a_tick_that_dies_while_it_hands_out_costs_nothing",),
    ),
    Mutant(
        name="handed out once",
        safeguard="what was handed out and is not taken up is handed out again",
        module="functions.publish.ticking",
        old="            again = max(now, wake.due_at) + publisher.timing.redispatch",
        new="            again = max(now, wake.due_at) + 10**10",
        tests=(f"{SENDING}::test_a_lost_message_is_sent_again_within_the_redispatch_window",),
    ),
    Mutant(
        name="no looking ahead",
        safeguard="four lost ticks cost nothing",
        module="functions.publish.ticking",
        old="publisher.timing.horizon if kind is WakeKind.PUBLISH else 0",
        new="0",
        tests=(f"{SENDING}::test_four_lost_ticks_cost_nothing",),
    ),
    Mutant(
        name="the first page only",
        safeguard="a crowd hides nobody behind it",
        module="functions.publish.ticking",
        old="            last = wakes[-1]",
        new="            break",
        tests=(f"{SENDING}::test_posts_behind_a_crowd_that_is_already_dispatched_are_seen",),
    ),
    Mutant(
        name="a lease moved by a mark",
        safeguard="a tick moves only the timer that it saw",
        module="shared.store.publish_store",
        old='condition="wake_pk = :pk AND #wake_sk = :seen",',
        new='condition="wake_pk = :pk AND (#wake_sk = :seen OR attribute_exists(wake_pk))",',
        tests=(f"{DYNAMO}::test_a_claimed_delivery_is_not_marked",),
    ),
    Mutant(
        name="messages that come early",
        safeguard="delays are rounded up: what comes too early is dropped",
        module="shared.store.queue",
        old="-((now + lead - due_at) // SECOND)",
        new="(due_at - lead - now) // SECOND",
        tests=("tests/contract/test_queue.py::test_delays_are_whole_seconds_never_early[3001-1]",),
    ),
    Mutant(
        name="acknowledged before it is settled",
        safeguard="a message that could not be attended to comes back",
        module="functions.publish.app",
        old='            return str(record["messageId"])',
        new="            return None",
        tests=(f"{BETWEEN}::test_a_message_whose_outcome_could_not_be_stored_comes_back",),
    ),
)

PEOPLE = (
    Mutant(
        name="an approval of anything",
        safeguard="an approval is bound to the content",
        module="shared.core.posts",
        old="post.approval is not None and post.approval.content_hash == approval_hash(post)",
        new="post.approval is not None",
        tests=(f"{SENDING}::test_an_approval_of_other_content_does_not_count",),
    ),
    Mutant(
        name="switches read before the intent",
        safeguard="a pause is looked for after the intent, so that one of the two sees the other",
        module="functions.publish.sending",
        old="    delivery = publisher.store.advance(delivery, after)\n"
        "    turn = _its_turn(publisher, delivery, staged)\n",
        new="    turn = _its_turn(publisher, delivery, staged)\n"
        "    delivery = publisher.store.advance(delivery, after)\n",
        tests=(f"{BETWEEN}::test_a_pause_between_the_claim_and_the_intent_stops_the_send",),
    ),
    Mutant(
        name="a pause unheeded",
        safeguard="what is paused does not leave",
        module="functions.publish.switches",
        old="    if any(in_force(",
        new="    if False and any(in_force(",
        tests=(
            f"{SENDING}::test_a_paused_post_never_leaves_even_with_its_message_in_the_queue",
            f"{UNKNOWN}::test_an_unknown_outcome_that_is_not_there_is_held_by_a_pause",
        ),
    ),
    Mutant(
        name="published hours late",
        safeguard="a missed window is never published silently",
        module="functions.publish.switches",
        old="    return _missed(delivery, post, switches.workspace, now)",
        new="    return None",
        tests=(f"{SENDING}::test_a_missed_window_follows_the_policy[hold-live0-held]",),
    ),
    Mutant(
        name="a cancel while it leaves",
        safeguard="nothing is changed that may be on its way",
        module="shared.core.posts",
        old="    leaving = [d for d in deliveries if d.state in LEAVING]",
        new="    leaving: list[Delivery] = []",
        tests=(
            f"{POSTS}::test_nothing_is_changed_while_it_may_be_on_its_way[sending]",
            f"{POSTS}::test_nothing_is_changed_while_it_may_be_on_its_way[unknown]",
        ),
    ),
    Mutant(
        name="an edit that a worker does not see",
        safeguard="an edit moves also what a worker has claimed",
        module="shared.core.posts",
        old="_WAITING = frozenset({S.SCHEDULED, S.PREPARING, S.CLAIMED, S.RETRY})",
        new="_WAITING = frozenset({S.SCHEDULED, S.PREPARING, S.RETRY})",
        tests=(f"{BETWEEN}::test_a_worker_that_read_the_old_words_does_not_send_them",),
    ),
)

CREDENTIALS = (
    Mutant(
        name="a refreshed credential is used unsaved",
        safeguard="a fresh credential is stored before it is used",
        module="shared.core.credentials",
        old="        if opener.store.save_sealed(account, before=opened.sealed, after=sealed):",
        new="        if True:",
        tests=(f"{SENDING}::test_an_expired_session_is_refreshed_once_and_the_post_goes_out",),
    ),
    Mutant(
        name="everybody refreshes",
        safeguard="a credential that another worker refreshed is taken as it is",
        module="shared.core.credentials",
        old="    with _refreshing[account.id]:\n"
        "        current = opener.store.sealed(account)\n"
        "        if current is not None and current != opened.sealed:\n",
        new="    with _refreshing[account.id]:\n        current = None\n        if current:\n",
        tests=(f"{BETWEEN}::test_a_second_worker_takes_the_credential_that_the_first_refreshed",),
    ),
    Mutant(
        name="a credential overwritten",
        safeguard="of two that refresh a credential the first wins",
        module="shared.store.base",
        old='condition="#sealed = :before",',
        new='condition="#sealed = :before OR attribute_exists(pk)",',
        tests=(f"{DYNAMO}::test_credentials_rotate_once",),
    ),
    Mutant(
        name="a credential forgotten after all",
        safeguard="who connected again meanwhile stays connected",
        module="functions.publish.jobs",
        old="    if account.state is not AccountState.DISCONNECTED:",
        new="    if False:",
        tests=(f"{JOBS}::test_an_account_that_was_connected_again_meanwhile_stays_so",),
    ),
)

RESTORES = (
    Mutant(
        name="no fence",
        safeguard="after lost state nothing leaves before the fence",
        module="functions.publish.switches",
        old="    if switches.installation.epoch != publisher.epoch:",
        new="    if False:",
        tests=(f"{UNKNOWN}::test_after_lost_state_nothing_leaves_before_the_fence",),
    ),
    Mutant(
        name="a fence that opens first",
        safeguard="the fence opens once everything at risk is marked",
        module="functions.publish.fence",
        old="    marked = 0\n",
        new="    marked = 0\n    publisher.store.set_epoch(epoch)\n",
        tests=(f"{BETWEEN}::test_a_fence_that_broke_off_stays_shut",),
    ),
    Mutant(
        name="a fence that marks nothing",
        safeguard="what may have left since counts as unknown",
        module="functions.publish.fence",
        old="            if delivery.state not in AT_RISK or delivery.due_at > now:",
        new="            if delivery is not None:",
        tests=(f"{UNKNOWN}::test_the_fence_turns_a_forgotten_send_into_a_look",),
    ),
    Mutant(
        name="a fence that looks back too little",
        safeguard="the look begins at the last instant whose state is known",
        module="shared.core.lifecycle",
        old="        attempt_at=min(since, delivery.attempt_at or since),",
        new="        attempt_at=now,",
        tests=(f"{BETWEEN}::test_the_fence_looks_back_to_what_was_saved_last",),
    ),
)

GROUPS = {
    "Claims and versions": CLAIMING,
    "Leases": LEASES,
    "Sending": SENDS,
    "Copies": LOCKS,
    "Looking": LOOKS,
    "Handing out": TICKS,
    "People": PEOPLE,
    "Credentials": CREDENTIALS,
    "After lost state": RESTORES,
}
MUTANTS = tuple(mutant for group in GROUPS.values() for mutant in group)
