"""Puts replies into words inside Rasa: program questions are answered here, without a call to the action server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import tossi
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import answers, knowledge, recommendation
from bot.answers import Button, Part, Question, Reply
from bot.engine.reading import compact
from bot.engine.tokenizer import read

_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
# In the middle of a talk about a program, a message just as likely a question is taken as one.
_BESIDE_THE_POINT = (
    "utter_affirm",
    "utter_deny",
    "utter_list_programs",
    "utter_chitchat",
    "utter_out_of_scope",
    "utter_abuse",
    "utter_correct_previous",
    "utter_fallback",
    "utter_bot_identity",
)
_CONTINUES = 0.2
_SHORT = 14
_MARGIN = 0.35
_JOIN = " · "


class KnowledgeGenerator(TemplatedNaturalLanguageGenerator):
    """Rasa's NLG with two additions: answers from the knowledge, and `{name:particle}` placeholders."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._knowledge = knowledge.load_default()
        self._list_words = knowledge.load_list_words()
        self._composed: dict[str, Callable[[DialogueStateTracker], Reply]] = {
            "utter_answer": self._answer,
            "utter_list_programs": self._list,
            "utter_compare": self._answer,
            "utter_fallback": self._fallback,
        }

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Return the message for a response: composed from the knowledge, or the template with its values."""
        compose = self._composed.get(utter_action)
        if utter_action in _BESIDE_THE_POINT and (self._may_continue(tracker) or self._pointed_at(tracker)):
            compose = self._answer
        if compose:
            return self._render(compose(tracker))
        if utter_action not in self.responses:
            return None
        values = {**tracker.current_slot_values(), **kwargs}
        chosen = self.responses[utter_action][0]
        message = {key: value for key, value in chosen.items() if key not in ("id", "condition", "channel")}
        if "text" in message:
            message["text"] = self._fill(message["text"], values)
        if "buttons" in message:
            message["buttons"] = [
                {**button, "title": self._fill(button["title"], values)} for button in message["buttons"]
            ]
        return message

    def _may_continue(self, tracker: DialogueStateTracker) -> bool:
        """Return whether what reads as small talk may as well be a short question about the program of the talk."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        ranking = parsed.get("intent_ranking") or []
        if not ranking or not self._context(tracker):
            return False
        best = ranking[0]["confidence"]
        question = next((rank["confidence"] for rank in ranking if rank["name"] == "ask_program"), 0.0)
        return bool(question >= _CONTINUES and question >= best - _MARGIN)

    # --- what was asked -----------------------------------------------------------------------------------------------

    def _question(self, tracker: DialogueStateTracker) -> Question:
        """Return the question of the latest message, with what the talk before it adds."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        entities = {entity["entity"]: entity["value"] for entity in parsed.get("entities") or []}
        programs = tuple(facets.get("programs") or ([entities["program"]] if "program" in entities else []))
        topics = tuple((name, confidence) for name, confidence in facets.get("topics") or [])
        if "topic" in entities and not topics:
            topics = ((entities["topic"], 1.0),)
        if not facets.get("named") and (meant := self._pointed_at(tracker)):
            programs = (meant,)
            facets = {**facets, "guessed": False, "named": True}
        agencies = tuple(facets.get("agencies") or ())
        note = self._last_note(tracker)
        context = self._context(tracker)
        if not topics or topics[0][0] == "same" or (facets.get("bare") and note.get("asked") == "program"):
            topics = ((note.get("topic") or context.get("topic") or "overview", 1.0),)
        carried = context.get("program") or tracker.get_slot("program")
        question = Question(
            programs=programs,
            topics=topics,
            agencies=agencies if not programs else (),
            likely_programs=tuple(facets.get("likely") or ()),
            own_words=facets.get("own_words", ""),
            cued=tuple(
                topic
                for topic, words in self._list_words["topics"].items()
                if any(word in facets.get("own_words", "") for word in words)
            ),
        )
        if carried and not agencies and (not programs or self._stays(carried, question, facets)):
            return replace(question, programs=(carried,))
        return question

    @staticmethod
    def _pointed_at(tracker: DialogueStateTracker) -> str | None:
        """Return the program of the last recommendation that the message means by its place in it, or None."""
        state = tracker.get_slot("recommendation_state")
        text = tracker.latest_message.text if tracker.latest_message else None
        shown = state.get("shown") if isinstance(state, dict) else None
        return recommendation.pointed_at(text or "", shown or ())

    def _stays(self, carried: str, question: Question, facets: dict[str, Any]) -> bool:
        """Return whether a message that seems to describe another program is about the program of the talk all the same."""
        if facets.get("guessed"):
            return True
        described = bool(facets.get("programs")) and not facets.get("named")
        short = len(question.own_words) <= _SHORT
        return described and short and answers.points_at(self._knowledge.program(carried), question)

    @staticmethod
    def _last_note(tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return what the bot noted with its last message (what it asked), or {}."""
        for event in reversed(tracker.events):
            if isinstance(event, BotUttered):
                custom = (event.data or {}).get("custom") or {}
                return custom.get("note") or {}
        return {}

    @staticmethod
    def _context(tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return the program and topic that the bot last spoke about, or {}."""
        for event in reversed(tracker.events):
            if isinstance(event, BotUttered):
                note = ((event.data or {}).get("custom") or {}).get("note") or {}
                if "program" in note:
                    return note
        return {}

    # --- composed replies ---------------------------------------------------------------------------------------------

    def _answer(self, tracker: DialogueStateTracker) -> Reply:
        question = self._question(tracker)
        known = {program.id for program in self._knowledge.programs}
        if any(program not in known for program in question.programs):
            return self._fallback(tracker)
        reply = answers.answer(question, self._knowledge)
        if not reply.note and question.programs:
            reply = replace(reply, note={"program": question.programs[-1], "topic": question.topic})
        return reply

    def _list(self, tracker: DialogueStateTracker) -> Reply:
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        solid = compact(read((tracker.latest_message.text or "") if tracker.latest_message else ""))
        for word in self._list_words["not"]["not"]:
            solid = solid.replace(word, "")
        price, size = (
            next((key for key, words in self._list_words[kind].items() if any(word in solid for word in words)), None)
            for kind in ("price", "size")
        )
        return answers.filtered(self._knowledge, tuple(facets.get("agencies") or ()), price, size)

    def _fallback(self, tracker: DialogueStateTracker) -> Reply:
        """Return a question back with the likeliest readings; the second time in a row, a person."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        person = Button(Part("utter_button_person"), "/talk_to_human")
        if self._last_note(tracker).get("failed"):
            return Reply(
                (Part("utter_fallback_again"),),
                (person, Button(Part("utter_button_all_programs"), "/list_programs")),
                note={"failed": 2},
            )
        likely = [self._knowledge.program(key) for key in (facets.get("programs") or facets.get("likely") or [])[:2]]
        topic = next((name for name, _ in facets.get("topics") or [] if name != "same"), "overview")
        guesses = tuple(answers.reading_button(program, topic) for program in likely)
        response = "utter_fallback_guess" if guesses else "utter_fallback_first"
        rest = () if guesses else (Button(Part("utter_button_all_programs"), "/list_programs"),)
        return Reply((Part(response),), (*guesses, *rest, person), note={"failed": 1})

    # --- words --------------------------------------------------------------------------------------------------------

    def _render(self, reply: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {"text": "\n".join(self._words(part) for part in reply.parts)}
        if reply.buttons:
            message["buttons"] = [
                {"title": self._words(button.title), "payload": button.payload} for button in reply.buttons
            ]
        custom = {
            key: value
            for key, value in (("sources", list(reply.sources)), ("cards", list(reply.cards)), ("note", reply.note))
            if value
        }
        if custom:
            message["custom"] = custom
        return message

    def _words(self, part: Part) -> str:
        if part.response == "join":
            return _JOIN.join(self._words(inner) for inner in part.values["parts"])
        values = {key: self._words(value) if isinstance(value, Part) else value for key, value in part.values.items()}
        return self._fill(self.responses[part.response][0]["text"], values)

    @staticmethod
    def _fill(template: str, values: dict[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name, particle = match.groups()
            word = str(values[name])
            return str(tossi.postfix(word, particle)) if particle else word

        return _PLACEHOLDER.sub(value, template)
