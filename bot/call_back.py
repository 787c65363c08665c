"""The short talk in which a call-back is asked for: consent, then the number. Pure. Nothing is kept before the number is there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot import leak_reading as reading
from bot.leak_report import PERSON, REFUSED, SENT, STOPPED, Say

CONSENT_VERSION = "2026-11"
CONSENT, PHONE = "call_back_consent", "call_back_phone"
STEPS = (CONSENT, PHONE)
CHOICES = {CONSENT: ("agree", "disagree"), PHONE: ("leave",)}
WANTED = re.compile(
    r"콜백|call ?back|(?:전화|연락)\S{0,3}\s?(?:주|줘|해 ?주|해 ?줘|받|부탁|바라|바랍|기다)|전화로|(?:전화|번호)를? ?남"
)


@dataclass(frozen=True, slots=True)
class Step:
    """What to say, what is asked now, how it ended, and the values that a ticket needs."""

    says: tuple[Say, ...]
    asked: str | None
    end: str | None = None
    phone: str = ""
    name: str = ""


def wants_call_back(text: str) -> bool:
    """Return whether a text asks to be called."""
    return bool(WANTED.search(reading.plain(text)))


def begin() -> Step:
    """Ask for consent before the number."""
    return Step((_question(CONSENT),), CONSENT)


def go_on(asked: str, text: str) -> Step:
    """Take the user's answer to the asked question."""
    wish = reading.command(text)
    if wish == "why":
        return Step((Say(f"utter_call_back_why_{asked}"), _question(asked)), asked)
    if asked == CONSENT:
        agreed = reading.read_consent(text)
        if agreed is None and wish != "stop":
            return Step((Say("utter_call_back_unclear"),), CONSENT)
        return Step((_question(PHONE),), PHONE) if agreed else Step((Say("utter_call_back_refused"),), None, REFUSED)
    phone = reading.read_phone(text)
    if phone is not None and phone.value is not None:
        return Step((), None, SENT, phone.value, reading.read_name(text) or "")
    if wish == "person":
        return Step((), None, PERSON)
    if wish in ("stop", "skip", "back", "over") or reading.read_yes_no(text) is False:
        return Step((Say("utter_call_back_stopped"),), None, STOPPED)
    return Step((Say("utter_call_back_phone_unclear"),), PHONE)


def _question(asked: str) -> Say:
    return Say(f"utter_call_back_question_{asked}")
