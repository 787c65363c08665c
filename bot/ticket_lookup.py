"""The short talk in which a receipt number and its PIN are asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot import leak_reading as reading
from bot.tickets.receipts import read_number, read_pin

FORM, SLOT = "ticket_lookup", "number_and_pin"
FOUND, LEFT = "found", "left"


@dataclass(frozen=True, slots=True)
class Step:
    """The number and PIN known so far, which of them is missing, and how it ended."""

    number: str | None
    pin: str | None
    end: str | None = None

    @property
    def missing(self) -> str:
        return "both" if self.number is None and self.pin is None else "number" if self.number is None else "pin"


def go_on(text: str, number: str | None, *, asked: bool) -> Step:
    """Take a message; `number` is a number that was given before. A message with neither, once asked, ends the talk."""
    found, pin = read_number(text) or number, read_pin(text)
    if found and pin:
        return Step(found, pin, FOUND)
    given = read_number(text) is not None or pin is not None
    if asked and not given and reading.command(text) != "dont_know" and not _tries(text):
        return Step(found, None, LEFT)
    return Step(found, pin)


def _tries(text: str) -> bool:
    """Return whether a text looks like a number that was typed wrongly."""
    return any(character.isdigit() for character in text)
