"""What keeps the word given to people, their credentials, and what is known after a restore."""

from tests.mutants.changing import Mutant

SENDING = "tests/unit/publish/test_sending.py"
UNKNOWN = "tests/unit/publish/test_unknown.py"
BETWEEN = "tests/unit/publish/test_between.py"
PAUSES = "tests/unit/publish/test_pauses.py"
JOBS = "tests/unit/publish/test_jobs.py"
DYNAMO = "tests/contract/test_store.py::TestDynamoStore"
POSTS = "tests/unit/core/test_posts.py"

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
        "    switches = publisher.store.switches(delivery, staged.account)\n",
        new="    switches = publisher.store.switches(delivery, staged.account)\n"
        "    delivery = publisher.store.advance(delivery, after)\n",
        tests=(f"{BETWEEN}::test_a_pause_between_the_claim_and_the_intent_stops_the_send",),
    ),
    Mutant(
        name="a hold that lasts",
        safeguard="a hold is looked at once more: its reason may just have ended",
        module="functions.publish.moves",
        old="    look_at = None if reason is HeldReason.MISSED_WINDOW else",
        new="    look_at = None if reason is not None else",
        tests=(f"{BETWEEN}::test_a_hold_that_is_stored_after_its_reason_ended_does_not_last",),
    ),
    Mutant(
        name="a pause unheeded",
        safeguard="what is paused does not leave",
        module="functions.publish.switches",
        old="    if stops := stopping(pauses_of(switches), what, at=at):",
        new="    if stops := []:",
        tests=(
            f"{SENDING}::test_a_paused_post_never_leaves_even_with_its_message_in_the_queue",
            f"{PAUSES}::test_what_is_paused_never_leaves_even_with_its_message_in_the_queue",
            f"{UNKNOWN}::test_an_unknown_outcome_that_is_not_there_is_held_by_a_pause",
        ),
    ),
    Mutant(
        name="a pause that asks before it holds",
        safeguard="a pause is stored before it is asked what is leaving",
        module="functions.api.pausing",
        old='    changed(api, call, made, decide, "pause.made", **told(made))\n'
        "    leaving = still_leaving(api, call, made)\n",
        new="    leaving = still_leaving(api, call, made)\n"
        '    changed(api, call, made, decide, "pause.made", **told(made))\n',
        tests=(
            "tests/unit/api/test_workspaces.py"
            "::test_a_pause_names_what_wrote_its_intent_right_before_it",
        ),
    ),
    Mutant(
        name="a pause that begins unseen",
        safeguard="a pause begins to the instant, though the switches were read before",
        module="functions.publish.sending",
        old="    if _stopped(publisher, delivery, staged, switches):\n"
        "        return None\n"
        "    if publisher.clock.now()",
        new="    if publisher.clock.now()",
        tests=(f"{PAUSES}::test_a_worker_that_oversleeps_the_beginning_sends_nothing",),
    ),
    Mutant(
        name="all at once after a pause",
        safeguard="what a pause held leaves one after the other",
        module="functions.publish.ticking",
        old="            return (self._held[wake.account_id] - 1) * SPACING",
        new="            return 0",
        tests=(f"{PAUSES}::test_what_leaves_after_the_end_is_spaced_and_oldest_first",),
    ),
    Mutant(
        name="handed on though somebody has to say so",
        safeguard="what a pause hands to people waits for them, though the pause ended",
        module="shared.core.pauses",
        old="or (pause.fate is not PauseFate.SEND_AFTER and _was_in_force(pause, since))",
        new="or False",
        tests=(f"{PAUSES}::test_what_a_pause_hands_to_people_waits_though_it_ended",),
    ),
    Mutant(
        name="a tag that a worker does not see",
        safeguard="a tag that is paused reaches whoever has loaded the post without it",
        module="functions.api.writing",
        old="        moves = tagged(record.deliveries, fitting=fitting, doing=doing(api, call))",
        new="        moves = []",
        tests=(
            "tests/unit/api/test_pauses.py"
            "::test_a_tag_that_is_added_while_a_worker_has_the_post_is_heeded",
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
    Mutant(
        name="an answer put to rest first",
        safeguard="what an answer was for is open again before the answer rests",
        module="functions.publish.moves",
        old="    reopen(publisher, delivery)\n"
        "    publisher.store.advance(delivery, lifecycle.failed(delivery, error=error, now=now))\n",
        new="    publisher.store.advance("
        "delivery, lifecycle.failed(delivery, error=error, now=now))\n"
        "    reopen(publisher, delivery)\n",
        tests=(
            "tests/unit/publish/test_answers.py"
            "::test_a_worker_that_is_lost_in_between_leaves_the_item_open[failed]",
        ),
    ),
    Mutant(
        name="taken down while it leaves",
        safeguard="what is on its way is taken down once it is live",
        module="shared.core.lifecycle",
        old='    _require(delivery, frozenset({S.PUBLISHED, S.DELETED, S.FAILED}), "take down")',
        new='    _require(delivery, frozenset(S), "take down")',
        tests=(f"{JOBS}::test_taking_down_a_post_that_is_just_leaving_waits_until_it_is_live",),
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
