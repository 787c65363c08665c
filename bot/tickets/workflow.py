"""What kinds of tickets there are, which states they have, and which changes are allowed: one table. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LEAK, CONSULTATION, CALL_BACK = "leak", "consultation", "call_back"
KINDS = (LEAK, CONSULTATION, CALL_BACK)

NEW, CLAIMED, IN_PROGRESS, WAITING_USER, CLOSED = ("new", "claimed", "in_progress", "waiting_user", "closed")
STATES = (NEW, CLAIMED, IN_PROGRESS, WAITING_USER, CLOSED)
OPEN_STATES = (NEW, CLAIMED, IN_PROGRESS, WAITING_USER)
OWNED_STATES = (CLAIMED, IN_PROGRESS, WAITING_USER)

# How a closed ticket ended.
RESULTS = ("answered", "referred", "called_back", "withdrawn", "unreachable", "duplicate", "not_for_us")

# A contact on a leak ticket: staff tick off what was done.
REFERRAL_STATES = ("to_do", "called", "taken_over")

# Working hours until somebody should have answered first.
FIRST_ANSWER_HOURS = {LEAK: 4, CONSULTATION: 2, CALL_BACK: 4}
URGENT_HOURS = 1  # 국가핵심기술/산업기술: a leak has to be reported at once

OWNER, ANY_STAFF, SUPERVISOR, USER, SYSTEM = ("owner", "staff", "supervisor", "user", "system")


@dataclass(frozen=True, slots=True)
class Change:
    """An allowed change: from which states, to which, and who may do it (owner, any staff, a supervisor, the user, the system)."""

    before: tuple[str, ...]
    after: str
    by: tuple[str, ...]


CHANGES: dict[str, Change] = {
    "claim": Change((NEW,), CLAIMED, (ANY_STAFF,)),
    "start": Change((CLAIMED, WAITING_USER), IN_PROGRESS, (OWNER,)),
    "ask_user": Change((CLAIMED, IN_PROGRESS), WAITING_USER, (OWNER,)),
    "user_answered": Change((WAITING_USER,), IN_PROGRESS, (USER, SYSTEM)),
    "assign": Change(OWNED_STATES, CLAIMED, (OWNER, SUPERVISOR)),
    "release": Change(OWNED_STATES, NEW, (OWNER, SUPERVISOR, SYSTEM)),
    "close": Change(OWNED_STATES, CLOSED, (OWNER, SUPERVISOR)),
    "withdraw": Change(OPEN_STATES, CLOSED, (USER, SYSTEM)),
    "reopen": Change((CLOSED,), NEW, (ANY_STAFF, USER)),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something. `kind` is staff, supervisor, user or system; `id` and `name` are a staff member's."""

    kind: str
    id: str = ""
    name: str = ""


SYSTEM_ACTOR = Actor(SYSTEM)
USER_ACTOR = Actor(USER)


def may(change: str, state: str, actor: Actor, owner: str | None) -> bool:
    """Return whether the actor may make this change to a ticket in this state with this owner."""
    rule = CHANGES[change]
    if state not in rule.before:
        return False
    is_staff = actor.kind in (ANY_STAFF, SUPERVISOR)
    roles = {
        OWNER: is_staff and bool(actor.id) and actor.id == owner,
        ANY_STAFF: is_staff,
        SUPERVISOR: actor.kind == SUPERVISOR,
        USER: actor.kind == USER,
        SYSTEM: actor.kind == SYSTEM,
    }
    return any(roles[role] for role in rule.by)


def possible_changes(state: str, actor: Actor, owner: str | None) -> tuple[str, ...]:
    """Return the names of all changes that the actor may make now, in the order of the table."""
    return tuple(change for change in CHANGES if may(change, state, actor, owner))


def first_answer_hours(kind: str, *, urgent: bool) -> int:
    """Return the working hours within which a ticket of this kind should be answered first."""
    return URGENT_HOURS if urgent else FIRST_ANSWER_HOURS[kind]
