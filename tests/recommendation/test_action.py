"""The actions with a tracker as Rasa sends it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import recommendation as actions
from bot.conversations.encryption import Keyring
from bot.knowledge import load_default
from bot.recommendation_link import PATH, unseal
from bot.recommendation_talk import QUESTION_INTENTS


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    ring = Keyring({1: b"k" * 32})
    monkeypatch.setattr(actions, "_keyring", lambda: ring)
    return ring


class Talk:
    """Runs the actions as Rasa would: slots are kept, and the form is left when nothing is asked."""

    def __init__(self, domain: dict[str, Any]) -> None:
        self.domain = domain
        self.slots: dict[str, Any] = {"requested_slot": None}
        self.running = False
        self.said: list[dict[str, Any]] = []
        self.follow_up: str | None = None
        self.set: set[str] = set()

    def run(self, action: Any, text: str, intent: str, **parsed: Any) -> None:
        message = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": []} | parsed
        loop = {"name": "recommendation"} if self.running else {}
        tracker = Tracker("someone", dict(self.slots), message, [], False, None, loop, None)
        dispatcher = CollectingDispatcher()
        events = asyncio.run(action.run(dispatcher, tracker, self.domain))
        self.said += dispatcher.messages
        self.follow_up = None
        self.set = {event["name"] for event in events if event["event"] == "slot"}
        for event in events:
            if event["event"] == "slot":
                json.dumps(event["value"])  # it must survive the tracker store
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                self.follow_up = event["name"]

    def say(self, text: str, intent: str = "inform", **parsed: Any) -> list[dict[str, Any]]:
        self.said = []
        self.run(actions.ValidateRecommendation(), text, intent, **parsed)
        self.running = self.slots["requested_slot"] is not None
        if not self.running:
            self.run(actions.ActionRecommendPrograms(), text, intent, **parsed)
        return self.said

    def texts(self) -> str:
        return "\n".join(self.words(message) for message in self.said)

    def words(self, message: dict[str, Any]) -> str:
        """Return the text of a message, as the engine fills the response."""
        template = self.domain["responses"].get(message["response"], [{"text": ""}])[0]["text"]

        def value(match: re.Match[str]) -> str:
            return str(message[match[1]])

        return re.sub(r"\{(\w+)(?::[^{}]+)?\}", value, template)


@pytest.fixture
def talk(domain: dict[str, Any]) -> Talk:
    return Talk(domain)


def cards(talk: Talk) -> list[dict[str, Any]]:
    return [card for message in talk.said for card in (message["custom"] or {}).get("cards", [])]


def finish(talk: Talk, answers: dict[str, str] | None = None) -> None:
    for _ in range(20):
        if not talk.running:
            return
        talk.say((answers or {}).get(talk.slots["requested_slot"], "네"))
    raise AssertionError("the form does not end")


def test_a_question_is_said_once_and_tells_what_it_waits_for(talk: Talk) -> None:
    said = talk.say("추천해줘", "ask_recommendation")
    expects = said[-1]["custom"]["expects"]
    assert (expects["form"], expects["slot"], expects["step"]) == ("recommendation", "needs", 1)
    assert [choice for choice in expects["choices"] if choice["title"] == "보안시스템 구축비"]
    assert all(choice["payload"] and "{" not in choice["title"] for choice in expects["choices"])
    assert talk.slots["requested_slot"] == "needs"


def test_each_turn_sets_a_slot_beside_the_requested_one(talk: Talk) -> None:
    talk.say("추천해줘", "ask_recommendation")
    for text, intent in (("왜요?", "ask_why"), ("ㅁㄴㅇㄹ", "inform"), ("교육이요", "inform")):
        talk.said = []
        talk.run(actions.ValidateRecommendation(), text, intent)
        assert "recommendation_state" in talk.set
        assert ("needs" in talk.set) is (text == "교육이요"), "what has not changed is not said again"


def test_the_result_has_cards_and_is_complete_without_them(talk: Talk) -> None:
    talk.say("중소 금형업체인데 CCTV 설치비를 지원받고 싶어요", "ask_recommendation")
    finish(talk, {"needs": "없어요", "certifications": "이노비즈"})
    found = cards(talk)
    assert 1 <= len(found) <= 5
    assert (found[0]["type"], found[0]["number"], found[0]["verdict"]) == ("program", 5, "eligible")
    assert {"condition": "중소기업", "met": True, "section": "신청대상"} in found[0]["reasons"]
    text = talk.texts()
    for needed in (
        "기술유출방지시스템 구축",
        "✓ 중소기업",
        "50%(최대 4천만원)",
        "www.ultari.go.kr",
        "042-388-0758~60",
        "★ 우선 지원대상",
    ):
        assert needed in text
    assert "{" not in text
    assert "None" not in text


def test_what_does_not_fit_is_no_card_of_the_first_result_but_is_explained(talk: Talk) -> None:
    talk.say("펜션을 운영하는데 서버 보안시스템 구축비를 지원받고 싶어요", "ask_recommendation")
    finish(talk, {"company_size": "중소기업이에요", "needs": "없어요"})
    assert {2, 5, 6}.isdisjoint(card["number"] for card in cards(talk))
    assert "✗ 유흥·향락업, 숙박 등 부적합 업종이 아님" in talk.texts()
    talk.said = []
    talk.run(actions.ActionExplainRecommendation(), "/ask_reasons", "ask_reasons")
    assert {(card["number"], card["verdict"]) for card in cards(talk)} >= {(5, "ineligible"), (2, "ineligible")}
    talk.said = []
    facets = {"programs": ["leak_prevention_system"]}
    talk.run(actions.ActionExplainRecommendation(), "시스템 구축은 왜 안 돼요?", "ask_reasons", facets=facets)
    assert [card["number"] for card in cards(talk)] == [5]
    assert "✗ 유흥·향락업" in talk.texts()


def test_after_a_leak_its_route_comes_first(talk: Talk) -> None:
    talk.say("퇴사한 연구원이 설계파일을 빼돌렸어요. 받을 수 있는 지원을 찾아주세요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    first = talk.said[0]
    assert first["response"] == "utter_recommendation_leak_first"
    assert first["buttons"][0]["payload"] == "/report_leak"
    assert [contact["phone"] for contact in first["custom"]["cards"][0]["contacts"]] == ["02-368-8787", "182"]
    assert [card["number"] for card in cards(talk) if card["type"] == "program"][:2] == [1, 14]


@pytest.mark.parametrize(
    ("text", "intent", "follow_up"),
    [("상담원 연결해 주세요", "talk_to_human", "action_hand_over"), ("신고 접수할게요", "report_leak", "leak_report")],
)
def test_leaving_for_another_place(talk: Talk, text: str, intent: str, follow_up: str) -> None:
    talk.say("추천해줘", "ask_recommendation")
    assert talk.say(text, intent) == []
    assert (talk.follow_up, talk.running) == (follow_up, False)


def test_stopping_says_so(talk: Talk) -> None:
    talk.say("추천해줘", "ask_recommendation")
    assert [message["response"] for message in talk.say("그만", "cancel_or_stop")] == ["utter_recommendation_stopped"]


def test_a_question_in_between_is_answered_by_the_engine(talk: Talk) -> None:
    talk.say("추천해줘", "ask_recommendation")
    said = talk.say("임치 수수료 얼마예요?", "ask_program", facets={"programs": ["technology_escrow"]})
    assert [message["response"] for message in said] == ["utter_answer", "utter_recommendation_question_needs"]
    assert said[-1]["custom"]["expects"]["slot"] == "needs"


def test_a_correction_after_the_result_finds_again(talk: Talk) -> None:
    talk.say("중소기업이고 기계 회사예요. CCTV 설치비요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    assert 5 in {card["number"] for card in cards(talk)}
    talk.run(actions.ActionCorrectRecommendation(), "중소 아니고 중견이에요", "correct_previous")
    assert talk.follow_up == "recommendation"
    talk.say("중소 아니고 중견이에요", "correct_previous")
    finish(talk, {"needs": "없어요"})
    assert 5 not in {card["number"] for card in cards(talk)}


@pytest.mark.parametrize("intent", QUESTION_INTENTS)
def test_every_question_in_between_has_a_fitting_answer(intent: str, talk: Talk) -> None:
    talk.say("추천해줘", "ask_recommendation")
    response = talk.say("이건 뭐예요?", intent)[0]["response"]
    assert response in talk.domain["responses"]
    assert response != "utter_out_of_scope" or intent == "out_of_scope"


def test_the_reasons_for_a_named_program_are_told_in_between(talk: Talk) -> None:
    talk.say("펜션을 운영하는데 추천해줘", "ask_recommendation")
    facets = {"programs": ["leak_prevention_system"]}
    said = talk.say("보안시스템 구축비는 왜 안 되나요?", "ask_reasons", facets=facets)
    assert [card["number"] for card in cards(talk)] == [5]
    assert said[-1]["response"] == "utter_recommendation_question_needs"


@pytest.mark.parametrize("text", ["왜 이건 안 돼요?", "그건 왜 안 되나요", "이 사업은 왜 안 돼요"])
def test_this_one_is_the_program_last_spoken_of(text: str, talk: Talk) -> None:
    talk.say("펜션을 운영하는데 서버 보안시스템 구축비를 지원받고 싶어요", "ask_recommendation")
    finish(talk, {"company_size": "중소기업이에요", "needs": "없어요"})
    talk.slots["program"] = "leak_prevention_system"
    talk.said = []
    talk.run(actions.ActionExplainRecommendation(), text, "ask_reasons")
    assert [card["number"] for card in cards(talk)] == [5]
    talk.slots["program"] = "consultation_center"  # open to this company: the others are meant
    talk.said = []
    talk.run(actions.ActionExplainRecommendation(), text, "ask_reasons")
    assert {2, 5, 6} <= {card["number"] for card in cards(talk)}


def test_the_reasons_for_one_of_the_result_are_told_by_its_place(talk: Talk) -> None:
    talk.say("중소기업이고 금형 회사예요. 직원 교육이요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    second = [card["number"] for card in cards(talk) if card["type"] == "program"][1]
    talk.said = []
    talk.run(actions.ActionExplainRecommendation(), "두 번째 건 왜 추천했어요?", "ask_reasons")
    assert [card["number"] for card in cards(talk)] == [second]


def test_a_bare_no_corrects_what_it_denies_and_nothing_else(talk: Talk) -> None:
    talk.run(actions.ActionCorrectRecommendation(), "아니요", "deny")
    assert [message["response"] for message in talk.said] == ["utter_deny"]
    talk.say("중소기업이고 금형 회사예요. 직원 교육이랑 CCTV 설치비요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    talk.said = []
    talk.run(actions.ActionCorrectRecommendation(), "교육은 필요 없어요", "deny")
    assert (talk.said, talk.follow_up) == ([], "recommendation")
    talk.say("교육은 필요 없어요", "deny")
    assert talk.slots["needs"] == ["security_system"]
    talk.run(actions.ActionCorrectRecommendation(), "왜 이건 안 돼요?", "deny")
    assert talk.follow_up == "action_explain_recommendation"


def test_who_does_not_say_what_is_wrong_is_asked_which_answer_it_is(talk: Talk) -> None:
    talk.say("중소기업이고 금형 회사예요. 직원 교육이요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    talk.said = []
    talk.run(actions.ActionCorrectRecommendation(), "잘못 말했어요", "correct_previous")
    assert [message["response"] for message in talk.said] == ["utter_recommendation_correct_which"]


def test_a_correction_of_something_else_is_left_to_others(talk: Talk) -> None:
    talk.run(actions.ActionCorrectRecommendation(), "중견이에요", "correct_previous")
    assert [message["response"] for message in talk.said] == ["utter_correct_previous"]


def test_reasons_before_any_result_offer_to_find_one(talk: Talk) -> None:
    talk.run(actions.ActionExplainRecommendation(), "왜 안 돼요?", "ask_reasons")
    assert talk.said[0]["response"] == "utter_recommendation_no_result"
    assert talk.said[0]["buttons"][0]["payload"] == "/ask_recommendation"


def test_the_link_opens_what_was_found(talk: Talk, keyring: Keyring) -> None:
    talk.say("중소기업이고 금형 회사예요. 직원 교육이요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    page = next(message["page"] for message in talk.said if message["response"] == "utter_recommendation_page")
    token = page.split(PATH)[1]
    assert len(page) < 250
    known = unseal(token, keyring, load_default(), actions.korea_today())
    assert known.facts["company_size"] == "sme"
    assert known.industry_name == "금형 회사"


def test_the_first_result_can_be_asked_about_by_it(talk: Talk) -> None:
    talk.say("중소기업이고 금형 회사예요. 직원 교육이요", "ask_recommendation")
    finish(talk, {"needs": "없어요"})
    assert talk.slots["program"] == "trade_secret_education"
    assert talk.slots["recommendation_state"]["shown"][0] == "trade_secret_education"
