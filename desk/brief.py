"""What a ticket's page says at one glance, put together from what the bot kept. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.knowledge import Knowledge
from desk.words import FIELD_WORDS

CONTACT_FIELDS = ("name", "phone", "email", "company")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is known, with the user's own sentence and the message it stands in."""

    label: str
    value: str
    quote: str = ""
    seq: int | None = None


def told_of(ticket: Mapping[str, Any]) -> list[Told]:
    """Return what happened, value by value. What somebody did not know says so."""
    return [
        Told(
            label=FIELD_WORDS.get(value["field"], value["field"]),
            value=worded(value.get("value")),
            quote=value.get("quote") or "",
            seq=value.get("seq"),
        )
        for value in ticket["brief"] or []
    ]


def worded(value: Any) -> str:
    """Return a value as staff read it."""
    if value is None or value == "":
        return "모름"
    if isinstance(value, bool):
        return "예" if value else "아니요"
    if isinstance(value, list):
        return ", ".join(worded(item) for item in value)
    return str(value)


def programs_of(ticket: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    """Return the names of the programs that the user was shown."""
    names = {program.number: program.name for program in knowledge.programs}
    return [names[number] for number in (ticket["context"] or {}).get("programs", []) if number in names]


def contact_of(ticket: Mapping[str, Any]) -> list[Told]:
    """Return how the user can be reached."""
    contact = ticket["contact"] or {}
    return [Told(FIELD_WORDS[field], str(contact[field])) for field in CONTACT_FIELDS if contact.get(field)]
