"""Two views of one thing: whichever comes first, the same is kept."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from functions.poll_engagement.merging import LAST, merged, sound
from shared.core.engagement import Author, ItemKind, SeenItem
from shared.core.models import Target
from tests.fakes.time import START

PLAIN = SeenItem(ItemKind.MENTION, Target("x1"), Author("eve", "@eve"), "hello", START)
VIEWS = st.builds(
    SeenItem,
    kind=st.sampled_from(ItemKind),
    target=st.builds(
        Target, st.just("x1"), st.sampled_from(["", "cid"]), st.sampled_from(["", "r"])
    ),
    author=st.just(PLAIN.author),
    text=st.just("hello"),
    created_at=st.just(START),
    parent_id=st.sampled_from([None, "p"]),
    root_id=st.sampled_from([None, "r"]),
)


@given(st.lists(VIEWS, min_size=1, max_size=6), st.randoms())
def test_views_that_tell_different_things_settle_in_any_order(
    views: list[SeenItem], chance: object
) -> None:
    shuffled = list(views)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    def settled(order: list[SeenItem]) -> SeenItem:
        known = order[0]
        for shown in [*order, *order]:
            known = merged(known, shown)
        return known

    assert settled(views) == settled(shuffled)


def test_a_stale_copy_does_not_undo_an_edit() -> None:
    edited = replace(PLAIN, text="hello!", edited_at=START + 5)
    assert merged(edited, PLAIN).text == "hello!"
    assert merged(PLAIN, edited).text == "hello!"
    assert merged(edited, replace(edited, text="hello!!", edited_at=START + 9)).text == "hello!!"


def test_when_it_was_written_never_moves() -> None:
    assert merged(PLAIN, replace(PLAIN, created_at=START + 1)).created_at == START


def test_where_edits_are_not_marked_the_latest_words_count() -> None:
    assert merged(PLAIN, replace(PLAIN, text="hi")).text == "hi"


@given(st.integers(), st.one_of(st.none(), st.integers()))
def test_instants_always_sort(created: int, edited: int | None) -> None:
    one = sound(replace(PLAIN, created_at=created, edited_at=edited))
    assert 0 <= one.created_at <= LAST
    assert one.edited_at is None or 0 <= one.edited_at <= LAST
