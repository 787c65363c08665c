"""What is read out of a message, and what is not: readings.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.company import read, to_say_again
from bot.knowledge import load_default
from bot.recommendation import QUESTIONS
from bot.recommendation_talk import Known
from bot.recommendation_words import question

KNOWLEDGE = load_default()
READINGS = yaml.safe_load((Path(__file__).parent / "readings.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("규모를 잘못 말했어요", "company_size"),
        ("업종 다시 말할게요", "industry"),
        ("인증 답을 고치고 싶어요", "certifications"),
        ("보안장비 다시 답할게요", "has_security_equipment"),
        ("아까 답 잘못 눌렀어요", ""),
        ("그 전 답을 고칠래요", ""),
        ("잘못 말했어요", None),
        ("비용을 다시 알려주세요", None),
        ("보안시스템을 다시 구축하고 싶어요", None),
        ("금형 제조예요", None),
    ],
)
def test_what_is_to_be_said_again_is_named(text: str, fact: str | None) -> None:
    assert to_say_again(text) == fact


YES_OR_NO = [
    slot for slot in QUESTIONS if slot not in ("needs", "company_size", "industry", "business_status", "certifications")
]


@pytest.mark.parametrize("case", READINGS, ids=[f"{case['text']} ({case.get('asked', '')})" for case in READINGS])
def test_a_message_is_read(case: dict[str, Any]) -> None:
    reading = read(case["text"], KNOWLEDGE, case.get("asked"))
    assert dict(reading.facts) == case["facts"]
    assert list(reading.conflicts) == case.get("conflicts", [])
    if "denied" in case:
        assert {fact: sorted(values) for fact, values in reading.denied.items()} == case["denied"]
    if "industry_name" in case:
        assert reading.industry_name == case["industry_name"]


@pytest.mark.parametrize(
    "text", ["네", "예", "넵", "응", "ㅇㅇ", "맞아요", "네 맞습니다", "그렇습니다", "있어요", "네, 있어요"]
)
@pytest.mark.parametrize("slot", YES_OR_NO)
def test_yes_is_yes_to_every_question(slot: str, text: str) -> None:
    assert read(text, KNOWLEDGE, slot).facts[slot] is True


@pytest.mark.parametrize("text", ["아니요", "아뇨", "ㄴㄴ", "없어요", "아닙니다", "전혀요", "아니요 없어요"])
@pytest.mark.parametrize("slot", YES_OR_NO)
def test_no_is_no_to_every_question(slot: str, text: str) -> None:
    assert read(text, KNOWLEDGE, slot).facts[slot] is False


@pytest.mark.parametrize("text", ["모르겠어요", "잘 모르겠는데요", "글쎄요", "확인해 봐야 해요", "ㅁㄹ"])
@pytest.mark.parametrize("slot", QUESTIONS)
def test_who_does_not_know_says_neither(slot: str, text: str) -> None:
    assert read(text, KNOWLEDGE, slot).facts[slot] == "unknown"


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize("text", ["ㅁㄴㅇㄹ", "!!!", "?", "123", "...", "😀"])
def test_nonsense_is_no_answer(slot: str, text: str) -> None:
    assert slot not in read(text, KNOWLEDGE, slot).facts


@pytest.mark.parametrize("need", [need for need in KNOWLEDGE.needs.values() if need.offered], ids=lambda need: need.id)
def test_an_offered_need_is_read_as_itself(need: Any) -> None:
    assert read(need.name, KNOWLEDGE, "needs").facts["needs"] == [need.id]


@pytest.mark.parametrize("word", KNOWLEDGE.certifications.values(), ids=lambda word: word.id)
def test_an_offered_certification_is_read_as_itself(word: Any) -> None:
    assert read(word.name, KNOWLEDGE, "certifications").facts["certifications"] == [word.id]


def test_offered_answers_are_read_as_what_they_say(words: Any) -> None:
    for slot in QUESTIONS:
        for choice in question(slot, Known(), KNOWLEDGE).choices:
            text = words(choice)
            assert slot in read(text, KNOWLEDGE, slot).facts, f"{slot}: {text}"
    sizes = [words(choice) for choice in question("company_size", Known(), KNOWLEDGE).choices]
    read_sizes = [read(text, KNOWLEDGE, "company_size").facts["company_size"] for text in sizes]
    assert read_sizes == ["sme", "mid_sized", "large", "individual", "institution", "unknown"]
