"""The form `recommendation`: its talk is in `bot.recommendation_talk`; here it meets Rasa and the words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot import recommendation_talk
from bot.actions.words import text_of, values_of
from bot.conversations.encryption import Keyring, load_keyring
from bot.eligibility import ELIGIBLE
from bot.knowledge import FACTS, load_default
from bot.korean_time import korea_today
from bot.leak_report import Say
from bot.recommendation import Result, pointed_at, recommend
from bot.recommendation_link import DAYS, PATH, seal
from bot.recommendation_talk import DONE, LEAK, PERSON, STOPPED, Heard, Known, Turn
from bot.recommendation_words import (
    FORM,
    Message,
    facts_in_words,
    question,
    reasons_message,
    refused_message,
    result_messages,
)
from bot.settings import get_settings

STATE, END = "recommendation_state", "recommendation_end"
MOST_EARLIER = 4
MOST_EXPLAINED = 3
# What another part answers while the form waits; anything else has a response of the same name.
ANSWERS = {
    "compare_programs": "utter_compare",
    "ask_program": "utter_answer",
    "list_programs": "utter_list_programs",
    "privacy_question": "utter_recommendation_privacy",
    "ticket_status": "utter_recommendation_ticket_status",
    "ask_reasons": "utter_recommendation_reasons_later",
}
# "왜 이건 안 돼요?": the program that was spoken of last.
_THIS_ONE = re.compile(r"(이|그|저)(건|거|것|게|사업|프로그램|제도|지원|서비스)")


def programs_known(ids: Iterable[str]) -> tuple[str, ...]:
    """Return those of the ids that are programs: a model may be older than the knowledge."""
    known = {program.id for program in load_default().programs}
    return tuple(one for one in ids if one in known)


def heard_from(tracker: Tracker) -> Heard:
    """Return the latest message of the user as the form reads it."""
    message = tracker.latest_message
    intent = message.get("intent") or {}
    facets = message.get("facets") or {}
    return Heard(
        text=message.get("text") or "",
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        programs=programs_known(facets.get("programs") or ()),
    )


def known_from(tracker: Tracker) -> Known:
    """Return what the talk so far told of the company."""
    return Known.from_json({fact: tracker.get_slot(fact) for fact in FACTS}, tracker.get_slot(STATE))


def earlier_texts(tracker: Tracker) -> list[str]:
    """Return what the user typed lately before the latest message, oldest first."""
    texts = [event.get("text") or "" for event in tracker.events if event.get("event") == "user"]
    return [text for text in texts[:-1] if text and not text.startswith("/")][-MOST_EARLIER:]


def changes(known: Known, tracker: Tracker) -> list[EventType]:
    """Return the events that keep what is known. What has not changed is not said again: the tracker goes to and fro whole."""
    facts = {fact: known.facts.get(fact) for fact in FACTS}
    changed = [SlotSet(fact, value) for fact, value in facts.items() if value != tracker.get_slot(fact)]
    return [*changed, SlotSet(STATE, known.to_json())]


class ValidateRecommendation(Action):
    """Read the user's message, say what comes next, and ask one question."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        knowledge, known, heard = load_default(), known_from(tracker), heard_from(tracker)
        asked = tracker.get_slot("requested_slot") if _runs(tracker) else None
        if asked is not None:
            turn = recommendation_talk.go_on(known, asked, heard, knowledge, korea_today())
        elif heard.intent == "correct_previous" or tracker.get_slot(END) == "corrected":
            turn = recommendation_talk.correct(known, heard, knowledge, korea_today()) or Turn(known, end=DONE)
        else:
            turn = recommendation_talk.begin(known, heard, knowledge, korea_today(), earlier_texts(tracker))
        if turn.digression == "ask_reasons" and heard.programs:
            found = result_of(turn.known).all
            explained = [reasons_message(finding) for finding in found if finding.program.id in heard.programs]
            say(dispatcher, domain["responses"], explained)
            turn = replace(turn, digression=None)
        ask(dispatcher, domain["responses"], turn)
        return [*changes(turn.known, tracker), SlotSet(END, turn.end), SlotSet("requested_slot", turn.asked)]


def _runs(tracker: Tracker) -> bool:
    """Return whether the form has been asking, and was not just begun with this message."""
    return (tracker.active_loop or {}).get("name") == FORM and tracker.get_slot("requested_slot") in FACTS


def ask(dispatcher: CollectingDispatcher, responses: dict[str, Any], turn: Turn) -> None:
    """Say what the turn says; its last message carries what the form waits for."""
    if turn.digression is not None:
        dispatcher.utter_message(response=answer_to(turn.digression))
    for place, say in enumerate(turn.says):
        last = place == len(turn.says) - 1 and turn.asked is not None
        custom = {"expects": expects(responses, turn)} if last else None
        dispatcher.utter_message(response=say.response, json_message=custom, **values_of(responses, say))


def answer_to(intent: str) -> str:
    """Return the response to a question that comes in between."""
    return ANSWERS.get(intent, f"utter_{intent}")


def expects(responses: dict[str, Any], turn: Turn) -> dict[str, Any]:
    """Return what the form waits for. A choice sends its own words, which are read like typed ones."""
    asked = question(turn.asked or "", turn.known, load_default())
    titles = [text_of(responses, choice) for choice in asked.choices]
    return {
        "form": FORM,
        "slot": turn.asked,
        "input": asked.input,
        "choices": [{"title": title, "payload": title} for title in titles],
        "step": turn.step,
        "of": turn.of,
    }


class ActionRecommendPrograms(Action):
    """Show which programs fit, or leave the form the way the user wants."""

    def name(self) -> str:
        return "action_recommend_programs"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        end = tracker.get_slot(END)
        if end == PERSON:
            return [SlotSet(END, None), FollowupAction("action_hand_over")]
        if end == LEAK:
            return [SlotSet(END, None), FollowupAction("leak_report")]
        if end == STOPPED:
            dispatcher.utter_message(response="utter_recommendation_stopped")
            return [SlotSet(END, None)]
        known = known_from(tracker)
        result = result_of(known)
        address = get_settings().base_url + PATH + seal(known, _keyring(), load_default(), korea_today())
        page = Say("utter_recommendation_page", {"page": address, "days": DAYS})
        words = " · ".join(text_of(domain["responses"], word) for word in facts_in_words(known, load_default()))
        leaked = known.facts.get("leak_occurred") is True
        say(dispatcher, domain["responses"], result_messages(result, load_default(), words, leaked, page))
        shown = tuple(finding.program.id for finding in result.shown)
        known = Known(known.facts, known.asked, known.industry_name, shown=shown)
        events = [SlotSet(STATE, known.to_json()), SlotSet(END, None)]
        return [*events, SlotSet("program", shown[0])] if shown else events


class ActionExplainRecommendation(Action):
    """Say why a program fits the company or not, or which programs do not."""

    def name(self) -> str:
        return "action_explain_recommendation"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        known = known_from(tracker)
        if not known.shown:
            find = {"title": text_of(domain["responses"], Say("utter_recommendation_button_find"))}
            buttons = [find | {"payload": "/ask_recommendation"}]
            dispatcher.utter_message(response="utter_recommendation_no_result", buttons=buttons)
            return []
        result = result_of(known)
        message = tracker.latest_message
        named = (message.get("facets") or {}).get("programs") or [
            entity["value"] for entity in message.get("entities") or [] if entity.get("entity") == "program"
        ]
        text = message.get("text") or ""
        why_not = recommendation_talk.asks_why_not(text)
        if not named and (meant := pointed_at(text, known.shown)):
            named = [meant]
        findings = [finding for finding in result.all if finding.program.id in named]
        if not findings and _THIS_ONE.search("".join(text.split())):
            spoken_of = [finding for finding in result.all if finding.program.id == tracker.get_slot("program")]
            # Nobody asks why not of what they may apply for: that means those of the list.
            findings = [one for one in spoken_of if not (why_not and one.verdict == ELIGIBLE)]
        if not findings and not text.startswith("/") and not why_not:
            findings = list(result.shown[:MOST_EXPLAINED])
        messages = [reasons_message(finding) for finding in findings] or [refused_message(result)]
        say(dispatcher, domain["responses"], messages)
        return []


class ActionCorrectRecommendation(Action):
    """Take back what was said of the company after the result, and find again.

    Also runs after a bare no: "교육은 필요 없어요" is one for the classifier, and so is "왜 이건 안 돼요?".
    """

    def name(self) -> str:
        return "action_correct_recommendation"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        known, heard = known_from(tracker), heard_from(tracker)
        if known.shown and "왜" in heard.text and recommendation_talk.asks_why_not(heard.text):
            return [FollowupAction("action_explain_recommendation")]
        if known.shown and recommendation_talk.correct(known, heard, load_default(), korea_today()):
            return [SlotSet(END, "corrected"), FollowupAction(FORM)]
        if known.shown and heard.intent == "correct_previous":
            dispatcher.utter_message(response="utter_recommendation_correct_which")
        else:
            dispatcher.utter_message(response=f"utter_{heard.intent}")
        return []


def result_of(known: Known) -> Result:
    """Return the recommendation for what is known."""
    return recommend(load_default().programs, known.facts, korea_today())


def say(dispatcher: CollectingDispatcher, responses: dict[str, Any], messages: Iterable[Message]) -> None:
    """Put the messages of a result into words and send them."""
    for message in messages:
        custom: dict[str, Any] = {}
        if message.cards:
            custom["cards"] = list(message.cards)
        if message.sources:
            custom["sources"] = list(message.sources)
        buttons = [{"title": text_of(responses, title), "payload": payload} for title, payload in message.buttons]
        values = values_of(responses, message.say)
        dispatcher.utter_message(
            response=message.say.response, json_message=custom or None, buttons=buttons or None, **values
        )


@functools.lru_cache(maxsize=1)
def _keyring() -> Keyring:
    return load_keyring(get_settings())
