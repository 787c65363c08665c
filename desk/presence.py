"""Who takes tickets now. A counsellor is on duty from signing in, can be away, has left when no page is open any more,
and is back, as before, when one is open again (a laptop that slept)."""

from bot.tickets.workflow import ANY_STAFF, SUPERVISOR, Actor
from desk import model
from desk.accounts import Person
from desk.parts import Parts


def actor_of(person: Person) -> Actor:
    """Return a member of staff as the tickets know them."""
    kind = SUPERVISOR if person.role == model.SUPERVISOR else ANY_STAFF
    return Actor(kind, str(person.id), person.display_name)


def arrive(parts: Parts, person: Person) -> None:
    """Note that a counsellor begins to work; others say so themselves."""
    if person.role == model.COUNSELLOR:
        parts.tickets.seen(actor_of(person), available=True)
        parts.watcher.wake()


def leave(parts: Parts, person: Person) -> None:
    """Note that somebody went."""
    parts.tickets.off_duty(str(person.id))
    parts.watcher.wake()


def set_available(parts: Parts, person: Person, available: bool) -> None:
    """Note that somebody takes tickets, or is away for a while."""
    parts.tickets.seen(actor_of(person), available=available)
    parts.watcher.wake()


def keep(parts: Parts, person: Person) -> None:
    """Note that the desk is still open, as it was: on duty or away."""
    parts.tickets.seen(actor_of(person), available=is_available(parts, person))


def is_available(parts: Parts, person: Person) -> bool:
    """Return whether this person takes tickets while the desk is open: what they chose last, however long ago."""
    chosen = parts.tickets.chosen_availability(str(person.id))
    return person.role == model.COUNSELLOR if chosen is None else chosen


def on_duty(parts: Parts) -> list[str]:
    """Return the names of all who take tickets now."""
    return [row["name"] for row in parts.tickets.on_duty() if row["available"]]
