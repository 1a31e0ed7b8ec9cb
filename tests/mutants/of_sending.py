"""What keeps one send from being two, early, or lost."""

from tests.mutants.changing import Mutant

SENDING = "tests/unit/publish/test_sending.py"
UNKNOWN = "tests/unit/publish/test_unknown.py"
BETWEEN = "tests/unit/publish/test_between.py"
DYNAMO = "tests/contract/test_store.py::TestDynamoStore"

LEASES = (
    Mutant(
        name="a lease shorter than the timeout",
        safeguard="the hard kill of a worker comes before the end of its lease",
        module="shared.core.timing",
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
        name="sent from a long sleep",
        safeguard="who stood still right before sending asks everything again",
        module="functions.publish.sending",
        old="    if publisher.clock.now() > turn.allowed_at + rate.DELAY:",
        new="    if False:",
        tests=(f"{BETWEEN}::test_who_stood_still_right_before_sending_asks_everything_again",),
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
        old="        _look_again("
        "publisher, delivery, moves.failure(error, now), not_before=asked or now)",
        new='        moves.hand_over(publisher, delivery, at=now, why="it is not there")',
        tests=(f"{UNKNOWN}::test_a_look_that_fails_says_nothing_about_the_post",),
    ),
    Mutant(
        name="given up for lost at the first look",
        safeguard="what may yet be applied is not believed to be lost",
        module="functions.publish.unknown",
        old="    if quiet > now:",
        new="    if False:",
        tests=(f"{BETWEEN}::test_a_request_that_may_yet_be_applied_is_not_believed_to_be_lost",),
    ),
    Mutant(
        name="a look without a session",
        safeguard="whoever looks refreshes a session that ended",
        module="shared.core.credentials",
        old="            self._opened = refreshed(self._opener, self._account, self._opened)",
        new="            raise",
        tests=(f"{BETWEEN}::test_whoever_looks_refreshes_a_session_that_ended",),
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
