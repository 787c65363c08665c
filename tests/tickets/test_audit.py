"""The chain in which an edit shows."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets.audit import START, first_break, link

RECORDS = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4), max_size=8)


def chain(records: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    linked, previous = [], START
    for record in records:
        previous = link(previous, record)
        linked.append((record, previous))
    return linked


@settings(deadline=None)
@given(RECORDS)
def test_a_whole_chain_has_no_break(records: list[dict[str, Any]]) -> None:
    assert first_break(chain(records)) is None


@settings(deadline=None)
@given(RECORDS.filter(bool), st.data())
def test_any_edit_breaks_it_at_its_place(records: list[dict[str, Any]], data: st.DataObject) -> None:
    linked = chain(records)
    place = data.draw(st.integers(0, len(linked) - 1))
    linked[place] = ({**linked[place][0], "edited": 1}, linked[place][1])
    assert first_break(linked) == place


@settings(deadline=None)
@given(RECORDS.filter(lambda records: len(records) > 1), st.data())
def test_a_missing_record_breaks_it(records: list[dict[str, Any]], data: st.DataObject) -> None:
    linked = chain(records)
    place = data.draw(st.integers(0, len(linked) - 2))
    del linked[place]
    assert first_break(linked) == place
