"""What a tracker tells about the talk so far, and moments in the words of domain.yml."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from bot.actions.stores import Stores
from bot.call_back import wants_call_back
from bot.korean_dates import WEEKDAYS
from bot.korean_time import KOREA
from bot.leak_reading import command, is_question
from bot.leak_report import Say
from bot.tickets.working_hours import WorkingHours

FALLBACKS = ("utter_fallback", "utter_out_of_scope", "utter_gibberish")
MOST_QUESTIONS = 5
NO_QUESTION = ("talk_to_human", "affirm", "deny", "greet", "thanks", "goodbye", "cancel_or_stop", "abuse", "gibberish")


def channel_of(stores: Stores, tracker: Tracker) -> str:
    """Return the channel of the conversation (web, telegram); "shell" when the gateway does not know it."""
    return stores.conversations.channel(tracker.sender_id) or "shell"


def programs_shown(tracker: Tracker) -> list[int]:
    """Return the numbers of the programs that the bot has shown, in the order of the talk."""
    numbers: list[int] = []
    for event in tracker.events:
        custom = ((event.get("data") or {}).get("custom") or {}) if event.get("event") == "bot" else {}
        if not isinstance(custom, dict) or any(card.get("type") == "contacts" for card in custom.get("cards") or []):
            continue
        shown = [source.get("program") for source in custom.get("sources") or []]
        shown += [card.get("number") for card in custom.get("cards") or [] if card.get("type") == "program"]
        numbers += [number for number in shown if isinstance(number, int) and number not in numbers]
    return list(dict.fromkeys(numbers))


def unanswered(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the last messages that the bot could not answer: text and seq."""
    found: list[dict[str, Any]] = []
    said: dict[str, Any] = {}
    for event in tracker.events:
        if event.get("event") == "user":
            said = {"text": event.get("text") or "", "seq": (event.get("metadata") or {}).get("seq")}
        elif said and said not in found and (event.get("metadata") or {}).get("utter_action") in FALLBACKS:
            found.append(said)
    return [question for question in found if not question["text"].startswith("/")][-MOST_QUESTIONS:]


def open_question(tracker: Tracker) -> dict[str, Any] | None:
    """Return the last message that says what the user wants to know: text and seq, or None.

    Answers to a form, "네", buttons and the wish for a person itself say nothing of it.
    """
    found, form = None, None
    for event in tracker.events:
        if event.get("event") == "active_loop":
            form = event.get("name")
        text, intent = event.get("text") or "", ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        if event.get("event") != "user" or not text or text.startswith("/") or intent in NO_QUESTION:
            continue
        if command(text) is None and not wants_call_back(text) and (form is None or is_question(text)):
            found = {"text": text, "seq": (event.get("metadata") or {}).get("seq")}
    return found


def when_answered(hours: WorkingHours, moment: datetime, due: datetime, *, staffed: bool = True) -> Say:
    """Return the honest time of the next answer. `staffed`: somebody is there now, as far as is known."""
    if due <= moment:
        return Say("utter_answer_time_late")
    by = moment_words(due)
    if not staffed and hours.is_open(moment):
        return Say("utter_answer_time_due", {"due": by})
    if hours.is_open(moment):
        return Say("utter_answer_time_open", {"due": by})
    return Say("utter_answer_time_closed", {"opening": moment_words(hours.next_opening(moment)), "due": by})


def moment_words(moment: datetime) -> Say:
    """Return a moment in Korean time: day, weekday and hour."""
    here = moment.astimezone(KOREA)
    values: dict[str, Any] = {"month": here.month, "day": here.day, "weekday": WEEKDAYS[here.weekday()]}
    values |= {"hour": here.hour, "minute": f"{here.minute:02d}"}
    return Say("utter_moment", values)
