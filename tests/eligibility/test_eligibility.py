"""Who may use a program, case by case: <id>.yml holds what the brochure says, on both sides of every limit."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.eligibility import ELIGIBLE, INELIGIBLE, UNKNOWN, check, check_condition, words_of
from bot.knowledge import Condition, load_default
from bot.recommendation import find

TODAY = datetime.date(2026, 11, 23)
EXPECTED = {"eligible": ELIGIBLE, "not_eligible": INELIGIBLE, "unknown": UNKNOWN}
FILES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.yml"))}
CASES = [
    pytest.param(program, case, id=f"{program}: {case['name']}")
    for program, path in FILES.items()
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("program", "case"), CASES)
def test_a_company_may_use_a_program(program: str, case: dict[str, Any]) -> None:
    profile = case["answers"] | ({"needs": case["needs"]} if "needs" in case else {})
    finding = find(load_default().program(program), profile, TODAY)
    assert finding.verdict == EXPECTED[case["expect"]]
    assert [reason.fact for reason in finding.failed] == case.get("because", [])
    if "open" in case:
        assert [reason.fact for reason in finding.reasons if reason.met is None] == case["open"]
    if "goes_first" in case:
        assert finding.goes_first is case["goes_first"]


def test_every_program_has_cases() -> None:
    assert sorted(FILES) == sorted(program.id for program in load_default().programs)


def test_every_condition_is_tried_on_both_sides() -> None:
    for program in load_default().programs:
        cases = yaml.safe_load(FILES[program.id].read_text(encoding="utf-8"))
        for condition in program.conditions:
            outcomes = {check(condition, case["answers"]) for case in cases}
            assert {True, False} <= outcomes, f"{program.id}: {condition.text}"


def test_every_condition_names_a_clause_that_the_program_has() -> None:
    for program in load_default().programs:
        sections = {fact.section for fact in program.facts}
        named = {
            entry.section
            for entries in (program.conditions, program.priorities, program.needs, program.suits, program.remarks)
            for entry in entries
        }
        assert named <= sections, f"{program.id}: {named - sections}"


@pytest.mark.parametrize(
    ("comparison", "value", "holds"),
    [
        ("at_least", 299, False),
        ("at_least", 300, True),
        ("more_than", 300, False),
        ("more_than", 301, True),
        ("at_most", 300, True),
        ("at_most", 301, False),
        ("less_than", 299, True),
        ("less_than", 300, False),
    ],
)
def test_a_limit_holds_on_one_side(comparison: str, value: int, holds: bool) -> None:
    limit = Condition("employee_count", comparison, 300, "대상", "직원 {limit}", "명")
    assert check(limit, {"employee_count": value}) is holds


@pytest.mark.parametrize(
    ("comparison", "words"), [("at_least", "이상"), ("more_than", "초과"), ("at_most", "이하"), ("less_than", "미만")]
)
def test_the_words_of_a_limit_come_from_its_comparison(comparison: str, words: str) -> None:
    limit = Condition("employee_count", comparison, 1300, "대상", "직원 {limit}", "명")
    assert words_of(limit) == f"직원 1,300명 {words}"


def test_what_is_not_answered_is_not_no() -> None:
    limit = Condition("employee_count", "at_most", 300, "대상", "직원 {limit}", "명")
    assert check(limit, {}) is None
    assert check(limit, {"employee_count": None}) is None
    assert check(limit, {"employee_count": UNKNOWN}) is None
    assert check(limit, {"employee_count": 0}) is True


def test_a_condition_for_some_companies_stays_open_while_it_is_not_known_whether_it_is_meant() -> None:
    condition = Condition("uses_escrow", "equals", True, "대상", "임치", when=(("company_size", ("mid_sized",)),))
    assert check_condition(condition, {"uses_escrow": False}) is None
    assert check_condition(condition, {"uses_escrow": True}) is True
    assert check_condition(condition, {"uses_escrow": False, "company_size": "sme"}) is True
    assert check_condition(condition, {"uses_escrow": False, "company_size": "mid_sized"}) is False


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        (datetime.date(2026, 11, 22), INELIGIBLE),
        (datetime.date(2026, 11, 23), ELIGIBLE),
        (datetime.date(2026, 11, 30), ELIGIBLE),
        (datetime.date(2026, 12, 1), INELIGIBLE),
    ],
)
def test_a_period_includes_its_first_and_last_day(day: datetime.date, verdict: str) -> None:
    program = replace(
        load_default().program("trade_secret_certification"),
        open_from=datetime.date(2026, 11, 23),
        open_until=datetime.date(2026, 11, 30),
    )
    assert find(program, {}, day).verdict == verdict
