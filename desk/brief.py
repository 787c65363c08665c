"""What a ticket's page says at one glance, put together from what the bot kept. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.knowledge import Knowledge
from desk.words import FIELD_WORDS, HOW_WORDS, VALUE_WORDS

CONTACT_FIELDS = ("name", "company", "phone", "email")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is known, with the user's own sentence and the message it stands in."""

    label: str
    value: str
    quote: str = ""
    seq: int | None = None


def told_of(ticket: Mapping[str, Any]) -> list[Told]:
    """Return what happened, value by value. What somebody did not know, or would not say, says so."""
    return [
        Told(FIELD_WORDS.get(entry["field"], entry["field"]), worded(entry), entry.get("quote") or "", entry.get("seq"))
        for entry in ticket["brief"] or []
    ]


def worded(entry: Mapping[str, Any]) -> str:
    """Return a value as staff read it; a day or a span of days stands behind the words it was told in."""
    value = entry.get("value")
    if value in (None, ""):
        return HOW_WORDS.get(entry.get("how") or "", HOW_WORDS["unknown"])
    text = VALUE_WORDS.get(str(value), str(value))
    days = list(dict.fromkeys(str(entry[edge]) for edge in ("first", "last") if entry.get(edge)))
    told = all(day in text or spelt(day) in text for day in days)
    return text if told else f"{text} ({' ~ '.join(days)})"


def spelt(day: str) -> str:
    """Return "2026-11-04" as the bot writes it: 2026년 11월 4일."""
    year, month, number = day.split("-")
    return f"{year}년 {int(month)}월 {int(number)}일"


def programs_of(ticket: Mapping[str, Any], knowledge: Knowledge) -> list[str]:
    """Return the names of the programs that the user was shown."""
    names = {program.number: program.name for program in knowledge.programs}
    return [names[number] for number in (ticket["context"] or {}).get("programs", []) if number in names]


def contact_of(ticket: Mapping[str, Any]) -> list[Told]:
    """Return how the user can be reached."""
    contact = ticket["contact"] or {}
    return [Told(FIELD_WORDS[field], str(contact[field])) for field in CONTACT_FIELDS if contact.get(field)]


def without_pin(message: Mapping[str, Any]) -> str:
    """Return a message's text; the PIN of a receipt is for the user's eyes only."""
    text: str = message["text"]
    for card in message["cards"]:
        if pin := card.get("pin"):
            text = text.replace(str(pin), "●" * len(str(pin)))
    return text
