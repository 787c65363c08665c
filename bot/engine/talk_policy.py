"""A talk about a program goes on: "저희 중견인데 되나요?" asks about the program before, "아니, 교육이요" the same of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rasa.core.constants import POLICY_PRIORITY, RULE_POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers import Question, hits
from bot.engine.clauses import NOT_MEANT
from bot.engine.decision import SEEKS, tells_of_a_leak
from bot.engine.reading import asks
from bot.knowledge import load_default

ANSWER = "utter_answer"
# What alone would begin a recommendation.
TELLS_OF_A_COMPANY = ("ask_recommendation", "inform")
TAKES_BACK = ("correct_previous", "deny", "inform")
CORRECTS = re.compile(
    rf"^\s*(아\s*)?(아니|아뇨|아차|앗|죄송|미안|잘못|정정)|잘못\s*(썼|적었|말했|눌렀|물어봤)|{NOT_MEANT}"
)
BETWEEN_TWO = re.compile(r"둘\s?(중|가운데)|어느\s?쪽")  # of the parts of the program
_TRAILS_OFF = re.compile(r"데(요|여)?[\s.~…]*$")  # "숙박업인데요": the question is left to the other
_PHONE = re.compile(r"^\s*(전화|전화번호|전번|번호|연락처)(요|여|는요?|좀)?[\s?.!~]*$")
DESCRIBED = 0.9
OPEN = ("overview", "support", "same", "other")  # topics that a wish for a recommendation has, too
CERTAIN = 0.95
SURE = 0.8
FEW = 12  # letters
PRIORITY = RULE_POLICY_PRIORITY + 1


def note_of(event: BotUttered) -> dict[str, Any]:
    """Return what the bot noted with a message, or {}."""
    return ((event.data or {}).get("custom") or {}).get("note") or {}


def notes(tracker: DialogueStateTracker) -> Iterator[dict[str, Any]]:
    """Yield what the bot noted with each of its messages (what it spoke of, what it asked), the last first."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            yield note_of(event)


def last_note(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return what the bot noted with its last message, or {}."""
    return next(notes(tracker), {})


def goes_on(parsed: dict[str, Any], note: dict[str, Any]) -> bool:
    """Return whether a message about a company asks for one topic of the program that the bot has just spoken of."""
    facets, text = parsed.get("facets") or {}, parsed.get("text") or ""
    topic, sure = next(iter(facets.get("topics") or []), ("same", 0.0))
    intent = (parsed.get("intent") or {}).get("name")
    if "program" not in note or facets.get("programs") not in (None, [], [note["program"]]):
        return False
    # "저희 도면은 다 캐드인데 돼요?" sounds like the beginning of a report, and tells of none.
    if intent not in TELLS_OF_A_COMPANY and (intent != "report_leak" or tells_of_a_leak(text)):
        return False
    between, of_it = bool(BETWEEN_TWO.search(text)), in_its_words(facets, note)
    adds_to_it = of_it and len(facets.get("own_words") or "") <= FEW  # "방화벽 있음": what the answer depends on
    return (
        ((topic not in OPEN and sure >= SURE) or of_it or between)
        and (asks(text) or bool(_TRAILS_OFF.search(text)) or adds_to_it)
        and (between or not SEEKS.search(text))
    )


def in_its_words(facets: dict[str, Any], note: dict[str, Any]) -> bool:
    """Return whether a message uses words of the facts about the program that the bot has just spoken of."""
    question = Question(own_words=facets.get("own_words") or "")
    return hits(load_default().program(note["program"]), question) > 0


def corrects(parsed: dict[str, Any], note: dict[str, Any]) -> bool:
    """Return whether a message takes back what the question before was about ("아 잘못 말했네요, 교육이요", "아니다, 갱신 비용")."""
    facets, text = parsed.get("facets") or {}, parsed.get("text") or ""
    described, sure = next(iter(facets.get("ranking") or []), ("none", 0.0))
    topic, certain = next(iter(facets.get("topics") or []), ("same", 0.0))
    another = facets.get("named") or (facets.get("programs") and described != "none" and sure >= DESCRIBED)
    return (
        "program" in note
        and (parsed.get("intent") or {}).get("name") in TAKES_BACK
        and bool(another or (topic not in OPEN and certain >= CERTAIN) or in_its_words(facets, note))
        and bool(CORRECTS.search(text))
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class TalkPolicy(Policy):
    """Answers in a talk about a program what alone would start the form `recommendation` or be a correction of nothing."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: above the rules, which alone would start the form."""
        return {POLICY_PRIORITY: PRIORITY}

    def train(self, training_trackers: Any, domain: Domain, **kwargs: Any) -> Resource:
        """Return the resource as it is: a rule learns nothing."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Return certainty for the answer, and for listening after it; else nothing."""
        probabilities = self._default_predictions(domain)
        action = self._next_action(tracker)
        if action is not None:
            probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)

    def _next_action(self, tracker: DialogueStateTracker) -> str | None:
        if tracker.active_loop_name or tracker.latest_message is None:
            return None
        if tracker.latest_action_name == ACTION_LISTEN_NAME:
            parsed, note = tracker.latest_message.parse_data, last_note(tracker)
            number = "program" in note and bool(_PHONE.match(parsed.get("text") or ""))
            return ANSWER if number or goes_on(parsed, note) or corrects(parsed, note) else None
        last = tracker.get_last_event_for(ActionExecuted)
        answered = last is not None and last.action_name == ANSWER and last.policy == type(self).__name__
        return ACTION_LISTEN_NAME if answered else None
