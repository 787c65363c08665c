"""What a recommendation must hold, for any company."""

from __future__ import annotations

import datetime
import random
import time
from typing import Any

import pytest

from bot.eligibility import INELIGIBLE, UNKNOWN
from bot.knowledge import FACTS, Knowledge, load_default, values_of
from bot.recommendation import QUESTIONS, pointed_at, questions_left, recommend

TODAY = datetime.date(2026, 11, 23)
KNOWLEDGE = load_default()
SME = {"company_size": "sme", "industry": "other", "business_status": "active"}


def any_profile(seed: int) -> dict[str, Any]:
    """Return a profile with some facts known, some unknown and some not asked."""
    dice = random.Random(seed)
    profile: dict[str, Any] = {}
    for fact in FACTS:
        if fact == "employee_count" or dice.random() < 0.3:
            continue
        if dice.random() < 0.15:
            profile[fact] = UNKNOWN
        elif fact in ("needs", "certifications"):
            profile[fact] = dice.sample(list(getattr(KNOWLEDGE, fact)), dice.randint(0, 3))
        else:
            profile[fact] = dice.choice(values_of(fact, {"industries": KNOWLEDGE.industries}))
    return profile


PROFILES = [pytest.param(any_profile(seed), id=str(seed)) for seed in range(60)]


def shown(profile: dict[str, Any], knowledge: Knowledge = KNOWLEDGE) -> list[tuple[int, str]]:
    return [(one.program.number, one.verdict) for one in recommend(knowledge.programs, profile, TODAY).shown]


@pytest.mark.parametrize("profile", PROFILES)
def test_no_program_whose_condition_fails_is_recommended(profile: dict[str, Any]) -> None:
    result = recommend(KNOWLEDGE.programs, profile, TODAY)
    assert all(one.verdict != INELIGIBLE and not one.failed for one in result.fitting)
    assert len(result.shown) <= 5
    assert sorted(one.program.number for one in result.all) == list(range(1, 15))


@pytest.mark.parametrize("profile", PROFILES)
def test_no_program_is_refused_because_of_an_unanswered_question(profile: dict[str, Any]) -> None:
    refused = {
        one.program.number: {reason.fact for reason in one.failed}
        for one in recommend(KNOWLEDGE.programs, profile, TODAY).refused
    }
    for number, facts in refused.items():
        assert all(profile.get(fact) not in (None, UNKNOWN) for fact in facts), f"{number}: {facts}"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_question_is_asked_only_if_an_answer_changes_the_result(profile: dict[str, Any]) -> None:
    for fact in questions_left(KNOWLEDGE, profile, TODAY):
        values = values_of(fact, {"industries": KNOWLEDGE.industries})
        if fact in ("needs", "certifications"):
            answers: list[Any] = [[], *([one] for one in getattr(KNOWLEDGE, fact))]
        else:
            answers = list(values)
        results = [recommend(KNOWLEDGE.programs, profile | {fact: answer}, TODAY).shown for answer in answers]
        pictures = {
            tuple((one.program.number, one.verdict, one.goes_first, one.remarks) for one in result)
            for result in results
        }
        assert len(pictures) > 1, fact


@pytest.mark.parametrize("profile", PROFILES)
def test_what_was_asked_is_not_asked_again(profile: dict[str, Any]) -> None:
    asked: list[str] = []
    while left := questions_left(KNOWLEDGE, profile, TODAY):
        fact = left[0]
        assert profile.get(fact) is None
        asked.append(fact)
        profile = profile | {fact: UNKNOWN}
    assert len(asked) == len(set(asked))


def test_needs_come_first() -> None:
    assert questions_left(KNOWLEDGE, {}, TODAY)[0] == "needs"
    assert questions_left(KNOWLEDGE, {"needs": ["security_system"]}, TODAY)[0] == "company_size"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("두 번째 거 자세히", 2),
        ("2번 자세히 알려 주세요", 2),
        ("첫번째 사업 비용이 얼마예요?", 1),
        ("세 번째는 어떻게 신청해요", 3),
        ("마지막 거 신청 방법", 3),
        ("네 번째 거요", None),  # there are three
        ("한 번 더 알려 주세요", None),
        ("임치 수수료가 얼마예요?", None),
        ("12번 문의했는데 답이 없어요", None),
    ],
)
def test_a_program_that_was_shown_is_meant_by_its_place(text: str, place: int | None) -> None:
    shown = ("one", "two", "three")
    assert pointed_at(text, shown) == (shown[place - 1] if place else None)
    assert pointed_at(text, ()) is None


def test_a_settled_result_asks_nothing() -> None:
    lodging = {"needs": ["security_system"], "industry": "lodging", "company_size": "sme", "business_status": "active"}
    assert questions_left(KNOWLEDGE, lodging, TODAY) == ()


def test_the_counterparty_matters_only_to_disputes_of_mid_sized_companies() -> None:
    fact = "counterparty_in_cross_shareholding_group"
    dispute = SME | {"needs": ["dispute"], "leak_occurred": False}
    assert fact not in questions_left(KNOWLEDGE, dispute, TODAY)
    assert fact in questions_left(KNOWLEDGE, dispute | {"company_size": "mid_sized"}, TODAY)


def test_a_leak_goes_before_everything() -> None:
    profile = SME | {"needs": ["security_system", "education"], "leak_occurred": True}
    assert [number for number, _ in shown(profile)[:2]] == [1, 14]


def test_a_program_that_serves_a_need_well_goes_before_one_that_helps_a_little() -> None:
    assert shown(SME | {"needs": ["security_system"], "accepts_self_payment": True})[0] == (5, "eligible")
    assert shown(SME | {"needs": ["education"]})[0] == (11, "eligible")


def test_the_order_of_equals_follows_the_priority() -> None:
    profile = SME | {"needs": ["security_system", "monitoring", "diagnosis"], "accepts_self_payment": True}
    before = [number for number, _ in shown(profile)]
    after = [number for number, _ in shown(profile | {"certifications": ["innobiz"]})]
    assert set(before) == set(after)
    assert after.index(5) <= before.index(5)


def test_who_does_not_know_what_they_need_gets_advice_first() -> None:
    assert {number for number, _ in shown(SME | {"needs": UNKNOWN})[:2]} == {1, 2}


def test_a_large_company_gets_no_program_for_small_ones() -> None:
    numbers = {
        number for number, _ in shown({"company_size": "large", "needs": ["security_system", "partner_security"]})
    }
    assert numbers.isdisjoint({2, 3, 4, 5, 6, 13})
    assert 9 in numbers


def test_a_failed_condition_says_what_would_change_it() -> None:
    result = recommend(KNOWLEDGE.programs, SME | {"needs": ["escrow_loan"], "uses_escrow": False}, TODAY)
    assert [(one.program.number, one.failed[0].change) for one in result.near] == [
        (3, "기술자료를 먼저 임치하면 활용지원을 받을 수 있어요.")
    ]


def test_every_question_is_a_fact_and_every_offered_need_helps_somebody() -> None:
    assert set(QUESTIONS) <= set(FACTS)
    served = {service.need for program in KNOWLEDGE.programs for service in program.needs}
    assert set(KNOWLEDGE.needs) == served


def test_fourteen_programs_take_less_than_five_milliseconds() -> None:
    profiles = [any_profile(seed) for seed in range(100)]
    start = time.process_time()
    for profile in profiles:
        recommend(KNOWLEDGE.programs, profile, TODAY)
    assert (time.process_time() - start) / len(profiles) < 0.005
