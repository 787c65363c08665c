"""What goes on with the program of a talk, and what begins something new."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.policies.rule_policy import RulePolicy

from bot.engine.talk_policy import TalkPolicy, corrects, goes_on

ESCROW = {"program": "technology_escrow", "topic": "cost"}


def read(text: str, intent: str, topic: str = "target", sure: float = 1.0, **facets: Any) -> dict[str, Any]:
    return {"text": text, "intent": {"name": intent}, "facets": {"topics": [[topic, sure]], **facets}}


@pytest.mark.parametrize(
    ("parsed", "note", "expected"),
    [
        (read("저희 중견인데 되나요?", "inform"), ESCROW, True),
        (read("우리 벤처인증 있는데 유리한 거 있어요?", "ask_recommendation", "priority"), ESCROW, True),
        (read("저희 중견인데 되나요?", "inform"), {}, False),  # nothing was spoken of
        (
            read("핵심기술이 없는데 되나요?", "inform", programs=["technology_escrow"]),
            ESCROW,
            True,
        ),  # described, the same
        (read("숙박업인데요", "inform", "exclusion"), ESCROW, True),  # the question is left to the other
        (read("저희는 중견기업이에요.", "inform"), ESCROW, False),  # asks for nothing
        (read("저희 중견인데 되나요?", "inform", sure=0.6), ESCROW, False),
        (read("저희 중견인데 어떤 사업이 되나요?", "ask_recommendation"), ESCROW, False),  # asks which one
        (read("뭘 지원해 주나요?", "ask_recommendation", "support"), ESCROW, False),
        (read("교육은 누가 되나요?", "inform", programs=["trade_secret_education"]), ESCROW, False),
        (read("어제 도면이 유출됐는데 되나요?", "report_leak"), ESCROW, False),
        (read("도면이 다 캐드인데 되나요?", "report_leak", "scope"), ESCROW, True),  # tells of no leak
        (
            read("융자는 우리도 되나요?", "inform", sure=0.3, own_words="융자는우리도되나요?"),
            ESCROW,
            True,
        ),  # a word of its facts
    ],
)
def test_a_company_that_asks_about_the_program_of_the_talk(
    parsed: dict[str, Any], note: dict[str, Any], expected: bool
) -> None:
    assert goes_on(parsed, note) is expected


@pytest.mark.parametrize(
    ("parsed", "note", "expected"),
    [
        (
            read("아 잘못 말했네요 교육이요", "correct_previous", programs=["trade_secret_education"], named=True),
            ESCROW,
            True,
        ),
        (read("아니 임치 말고 교육", "deny", programs=["trade_secret_education"], named=True), ESCROW, True),
        (read("교육은 필요 없어요", "deny", programs=["trade_secret_education"], named=True), ESCROW, False),
        (read("아니 교육이요", "deny", programs=["trade_secret_education"], named=True), {}, False),
        (read("아니다, 갱신 비용", "deny", "cost"), ESCROW, True),
        (read("아니요", "deny", "target", 0.3), ESCROW, False),
        (read("정정합니다, 담보 쪽이요", "inform", "target", 0.3, own_words="정정합니다,담보쪽이요"), ESCROW, True),
        (read("담보로 잡을 게 있어요", "inform", "target", 0.3, own_words="담보로잡을게있어요"), ESCROW, False),
    ],
)
def test_a_program_that_is_taken_back(parsed: dict[str, Any], note: dict[str, Any], expected: bool) -> None:
    assert corrects(parsed, note) is expected


def test_it_stands_above_the_rules() -> None:
    assert TalkPolicy.get_default_config()["priority"] > RulePolicy.get_default_config()["priority"]
