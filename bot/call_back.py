"""The short talk in which a call-back is asked for: consent, then the number. Pure. Nothing is kept before the number is there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot import leak_reading as reading
from bot.leak_report import ANSWERED_ELSEWHERE, PERSON, REFUSED, SENT, STOPPED, SURE, TRIES, Heard, Say

CONSENT_VERSION = "2026-11"
CONSENT, PHONE = "call_back_consent", "call_back_phone"
STEPS = (CONSENT, PHONE)
CHOICES = {CONSENT: ("agree", "disagree"), PHONE: ("leave",)}
LEFT = "left"  # the message is about something else, which goes on
LEADS_ELSEWHERE = ("report_leak", "ask_recommendation", "privacy_question", "ticket_status")
# "그냥 봇한테 물어볼게요", "번호는 됐고 채팅으로 할게요"
STAYS = re.compile(
    r"봇(?:한테|이랑|하고|에게|과)|채팅(?:으로|에서|이)|대화창|여기서 ?(?:기다|답|할|볼)|(?:번호|전화|연락)\S{0,2} ?(?:됐|안 ?(?:줄|남길|받|할)|싫|말고|필요 ?없)"
)
WANTED = re.compile(
    r"콜백|call ?back|(?:전화|연락)\S{0,3}\s?(?:주|줘|해 ?주|해 ?줘|받|부탁|바라|바랍|기다)|전화로|(?:전화|번호)를? ?남"
)


@dataclass(frozen=True, slots=True)
class Step:
    """What to say, what is asked now, how it ended, and the values that a ticket needs. `question`: to be answered first."""

    says: tuple[Say, ...]
    asked: str | None
    end: str | None = None
    phone: str = ""
    name: str = ""
    question: str | None = None  # intent of a question in between that is answered elsewhere
    tries: int = 0  # answers to the asked question that could not be read


def wants_call_back(text: str) -> bool:
    """Return whether a text asks to be called."""
    return bool(WANTED.search(reading.plain(text)))


def begin() -> Step:
    """Ask for consent before the number."""
    return Step((_question(CONSENT),), CONSENT)


def go_on(asked: str, heard: Heard, tries: int = 0) -> Step:
    """Take the user's answer to the asked question; `tries` answers to it could not be read so far."""
    text = heard.text
    wish = reading.command(text)
    if wish == "why":
        return Step((Say(f"utter_call_back_why_{asked}"), _question(asked)), asked, tries=tries)
    phone = reading.read_phone(text) if asked == PHONE else None
    if phone is not None and phone.value is not None:
        return Step((), None, SENT, phone.value, reading.read_name(text) or "")
    if wish == "person":
        return Step((), None, PERSON)
    agreed = reading.read_consent(text) if asked == CONSENT else None
    if agreed:
        return Step((_question(PHONE),), PHONE)
    if agreed is False:
        return Step((Say("utter_call_back_refused"),), None, REFUSED)
    no_number = asked == PHONE and reading.read_yes_no(text) is False
    if wish in ("stop", "skip", "back", "over") or no_number or STAYS.search(reading.plain(text)):
        return Step((Say("utter_call_back_stopped"),), None, STOPPED)
    return _digression(asked, heard, tries) or _unclear(asked, tries)


def _digression(asked: str, heard: Heard, tries: int) -> Step | None:
    """Return the step for a question or a wish that has nothing to do with the call, or None."""
    sure = heard.confidence >= SURE
    if heard.intent in ANSWERED_ELSEWHERE and (sure or reading.is_question(heard.text)):
        if tries >= TRIES:
            return Step((), None, LEFT, question=heard.intent)
        return Step((_question(asked),), asked, question=heard.intent, tries=tries + 1)
    if heard.intent in LEADS_ELSEWHERE and sure:
        return Step((), None, LEFT)
    return None


def _unclear(asked: str, tries: int) -> Step:
    if tries >= TRIES:
        return Step((Say("utter_call_back_stopped"),), None, STOPPED)
    return Step(
        (Say("utter_call_back_unclear" if asked == CONSENT else "utter_call_back_phone_unclear"),),
        asked,
        tries=tries + 1,
    )


def _question(asked: str) -> Say:
    return Say(f"utter_call_back_question_{asked}")
