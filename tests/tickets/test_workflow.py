"""Every change × state × person, against a table written by hand."""

import pytest

from bot.tickets.workflow import (
    ANY_STAFF,
    CHANGES,
    OPEN_STATES,
    STATES,
    SUPERVISOR,
    SYSTEM_ACTOR,
    USER_ACTOR,
    Actor,
    first_answer_hours,
    may,
    possible_changes,
)

OWNER, COLLEAGUE, BOSS = Actor(ANY_STAFF, "kim"), Actor(ANY_STAFF, "lee"), Actor(SUPERVISOR, "choi")
PEOPLE = {"owner": OWNER, "colleague": COLLEAGUE, "boss": BOSS, "user": USER_ACTOR, "system": SYSTEM_ACTOR}

# state → change → who may make it; what is not here must be refused.
ALLOWED = {
    "new": {"claim": "owner colleague boss", "withdraw": "user system"},
    "claimed": {
        "start": "owner",
        "ask_user": "owner",
        "assign": "owner boss",
        "release": "owner boss system",
        "close": "owner boss",
        "withdraw": "user system",
    },
    "in_progress": {
        "ask_user": "owner",
        "assign": "owner boss",
        "release": "owner boss system",
        "close": "owner boss",
        "withdraw": "user system",
    },
    "waiting_user": {
        "start": "owner",
        "user_answered": "user system",
        "assign": "owner boss",
        "release": "owner boss system",
        "close": "owner boss",
        "withdraw": "user system",
    },
    "closed": {"reopen": "owner colleague boss user"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_change_what(state: str, change: str, person: str) -> None:
    expected = person in ALLOWED[state].get(change, "").split()
    assert may(change, state, PEOPLE[person], "kim") is expected


def test_nobody_owns_a_ticket_without_an_owner() -> None:
    assert not may("start", "claimed", Actor(ANY_STAFF, ""), None)


def test_possible_changes_are_those_of_the_table() -> None:
    assert possible_changes("claimed", OWNER, "kim") == ("start", "ask_user", "assign", "release", "close")


def test_every_open_state_leads_to_the_end() -> None:
    for state in OPEN_STATES:
        assert any(state in change.before and change.after == "closed" for change in CHANGES.values())


def test_a_core_technology_is_answered_within_an_hour() -> None:
    assert first_answer_hours("leak", urgent=True) < first_answer_hours("leak", urgent=False)
