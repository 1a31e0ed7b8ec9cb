"""What keeps a delivery from being taken up twice, late, or too often."""

from tests.mutants.changing import Mutant

SENDING = "tests/unit/publish/test_sending.py"
BETWEEN = "tests/unit/publish/test_between.py"
DYNAMO = "tests/contract/test_store.py::TestDynamoStore"
LINES = "tests/contract/test_store_broken_lines.py"

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

BUDGETS = (
    Mutant(
        name="no budget",
        safeguard="a crowd on one account leaves as fast as its network allows, and no faster",
        module="functions.publish.rates",
        old="    if spend(account, Meter.CALLS, pace, seen=budget, now=now, cost=1):",
        new="    if True:",
        tests=(f"{BETWEEN}::test_a_crowd_on_one_account_leaves_no_faster_than_its_network_allows",),
    ),
    Mutant(
        name="patience of one post",
        safeguard="a network that asks for patience is left alone by every worker",
        module="functions.publish.rates",
        old="    if publisher.store.park(account, meter, until=until):",
        new="    if False:",
        tests=(f"{BETWEEN}::test_a_network_that_asks_for_patience_is_left_alone_by_every_worker",),
    ),
    Mutant(
        name="a budget spent twice",
        safeguard="calls are taken from the budget only while some are left",
        module="shared.store.rates",
        old='condition="#arrival BETWEEN :now AND :latest" + calm,',
        new='condition="(#arrival BETWEEN :now AND :latest OR #arrival > :latest)" + calm,',
        tests=(f"{DYNAMO}::test_calls_are_taken_until_the_burst_is_used_up",),
    ),
    Mutant(
        name="patience forgotten",
        safeguard="nothing is taken while the network asks for patience",
        module="shared.store.rates",
        old="OR #parked_until <= :now)",
        new="OR #parked_until <= :now OR #parked_until > :now)",
        tests=(f"{DYNAMO}::test_nothing_is_taken_while_the_network_asks_for_patience",),
    ),
    Mutant(
        name="a breaker overwritten",
        safeguard="a server's trouble changes by compare-and-set",
        module="shared.store.rates",
        old='condition="#version = :before" if',
        new='condition="#version = :before OR attribute_exists(pk)" if',
        tests=(f"{DYNAMO}::test_a_breaker_changes_by_compare_and_set",),
    ),
)

TICKS = (
    Mutant(
        name="marked before it is handed out",
        safeguard="a message is sent first, the timer moved second",
        module="functions.publish.ticking",
        old="    sent: list[Wake] = []\n    for lead",
        new="    _mark(publisher, wakes, lambda: MINUTE)\n    sent: list[Wake] = []\n    for lead",
        tests=(f"{BETWEEN}::test_a_tick_that_dies_while_it_hands_out_costs_nothing",),
    ),
    Mutant(
        name="handed out once",
        safeguard="what was handed out and is not taken up is handed out again",
        module="functions.publish.ticking",
        old="publisher.clock.now(), publisher.timing.redispatch\n",
        new="publisher.clock.now(), 10**10\n",
        tests=(f"{SENDING}::test_a_lost_message_is_sent_again_within_the_redispatch_window",),
    ),
    Mutant(
        name="a crowd at once",
        safeguard="a crowd's messages arrive no faster than deliverers start",
        module="functions.publish.ticking",
        old="            if self._taken[at // SECOND] < TOGETHER:",
        new="            if True:",
        tests=(
            "tests/unit/publish/test_crowds.py"
            "::test_a_crowd_arrives_no_faster_than_deliverers_start",
        ),
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
