"""Puts replies into words inside Rasa: program questions are answered here, without a call to the action server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import tossi
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import answers, knowledge
from bot.answers import Button, Part, Question, Reply
from bot.engine.questions import QuestionReader
from bot.engine.reading import compact
from bot.engine.talk_policy import last_note

_PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
# In the middle of a talk about a program, a message just as likely a question is taken as one.
_BESIDE_THE_POINT = (
    "utter_greet",
    "utter_affirm",
    "utter_deny",
    "utter_list_programs",
    "utter_chitchat",
    "utter_out_of_scope",
    "utter_abuse",
    "utter_correct_previous",
    "utter_fallback",
    "utter_bot_identity",
    "utter_no_form",
    "utter_recommendation_no_result",
)
_PROGRAMS = re.compile(
    r"(사업|제도|프로그램|서비스|지원)[가-힣]{0,3}(뭐|머|어떤|무슨|이름|있|알려|나눠|말해)|(어떤|무슨|뭔|머)(사업|제도|프로그램|지원)"
)
_JOIN = " · "


class KnowledgeGenerator(TemplatedNaturalLanguageGenerator):
    """Rasa's NLG with two additions: answers from the knowledge, and `{name:particle}` placeholders."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._knowledge = knowledge.load_default()
        self._list_words = knowledge.load_list_words()
        self._reader = QuestionReader(self._knowledge)
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
        if utter_action in _BESIDE_THE_POINT and (
            self._reader.may_continue(tracker) or self._reader.pointed_at(tracker)
        ):
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

    # --- composed replies ---------------------------------------------------------------------------------------------

    def _answer(self, tracker: DialogueStateTracker) -> Reply:
        question = self._reader.question(tracker)
        known = {program.id for program in self._knowledge.programs}
        if any(program not in known for program in question.programs):
            return self._fallback(tracker)
        if (listed := self._priced(question, tracker)) is not None:
            return listed
        if not question.programs and not question.agencies and self._wants_all(question):
            every = answers.phone_book if question.topic == "contact" else answers.by_operator
            return every(self._knowledge.programs)
        reply = answers.answer(self._of_parts(question, tracker), self._knowledge)
        if reply.note.get("asked") and not reply.sources and last_note(tracker).get("asked"):
            # Asked back twice: the third time would be the same again.
            person = Button(Part("utter_button_person"), "/talk_to_human")
            note = {**reply.note, "failed": 2}
            reply = replace(
                reply, parts=(Part("utter_which_program_again"),), buttons=(*reply.buttons[:2], person), note=note
            )
        return reply

    def _priced(self, question: Question, tracker: DialogueStateTracker) -> Reply | None:
        """Return the list for a question that names no program and asks which are free or not ("그중에 돈 받는 게 뭐예요?"), or None."""
        prices = self._reader.words_in("price", question.own_words)
        if question.programs or not prices:
            return None
        offered = last_note(tracker).get("offered")
        if offered:
            return answers.priced_among(self._knowledge, offered, prices[0])
        return self._list(tracker) if _PROGRAMS.search(question.own_words) else None

    def _wants_all(self, question: Question) -> bool:
        """Return whether a question is about the numbers, or the bodies, of all programs."""
        every = any(word in question.own_words for word in self._list_words["all"]["all"])
        return every and question.topic in question.cued and question.topic in ("contact", "operator", "department")

    def _of_parts(self, question: Question, tracker: DialogueStateTracker) -> Question:
        """Return the question; who compares parts of one program (사전진단, 심화자문) is told the facts about these."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        compared = (parsed.get("intent") or {}).get("name") == "compare_programs"
        compared = compared or bool((parsed.get("facets") or {}).get("paired"))
        if not compared or len(question.programs) != 1 or question.asked:
            return question
        program = self._knowledge.program(question.programs[0])
        broad = question.topic in ("overview", "other", "same")
        return (
            replace(question, topics=(("other", 0.0),)) if broad and answers.hits(program, question) > 1 else question
        )

    def _list(self, tracker: DialogueStateTracker) -> Reply:
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        solid = compact(self._reader.text_of(tracker))
        cued = self._reader.cued(solid)
        for word in self._list_words["not"]["not"]:
            solid = solid.replace(word, "")
        agencies = tuple(facets.get("agencies") or ())
        prices = self._reader.words_in("price", solid)
        sizes = self._reader.words_in("size", solid)
        programs = [program for key in agencies for program in self._knowledge.programs_of(key)]
        every = programs or self._knowledge.programs
        if prices or sizes:
            both = len(prices) > 1 and not sizes
            price, size = next(iter(prices), None), next(iter(sizes), None)
            found = (
                answers.by_price(self._knowledge, agencies)
                if both
                else answers.filtered(self._knowledge, agencies, price, size)
            )
        elif "contact" in cued:
            found = answers.phone_book(every)
        elif "operator" in cued:
            found = answers.by_operator(every)
        elif "period" in cued:
            found = answers.by_period(every, self._marks_in("period", solid))
        else:
            found = answers.filtered(self._knowledge, agencies, None, None)
        # Who asked for the web site of a body with several programs goes on with a name.
        offered = [program.id for program in every]
        return replace(found, note={"asked": "program", "topic": next(iter(cued), None), "offered": offered})

    def _marks_in(self, kind: str, solid: str) -> tuple[str, ...]:
        """Return all the words of those groups of which the text uses one."""
        return tuple(word for key in self._reader.words_in(kind, solid) for word in self._list_words[kind][key])

    def _fallback(self, tracker: DialogueStateTracker) -> Reply:
        """Return a question back with the likeliest readings; the second time in a row, a person."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        if (spoken_of := last_note(tracker).get("program")) and self._reader.asks_for_itself(tracker):
            of_it = Question((spoken_of,), (("target", 1.0),), profile=self._reader.profile(tracker))
            return answers.answer(of_it, self._knowledge)
        person = Button(Part("utter_button_person"), "/talk_to_human")
        if last_note(tracker).get("failed"):
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
