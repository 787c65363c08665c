"""Every program × every topic of the brochure, asked over the chat API of the real system."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from running_system import Chat, answers, sources_of, text_of

from bot.knowledge import load

HERE = Path(__file__).resolve().parent
KNOWLEDGE = load()
DOMAIN = yaml.safe_load((HERE.parents[1] / "domain.yml").read_text(encoding="utf-8"))
COVERAGE = yaml.safe_load((HERE.parent / "knowledge" / "coverage.yml").read_text(encoding="utf-8"))["programs"]
TOPICS = {
    name.removeprefix("utter_topic_"): variants[0]["text"]
    for name, variants in DOMAIN["responses"].items()
    if name.startswith("utter_topic_") and name != "utter_topic_other"
}
NOT_SAID = {
    "paid",
    "partly",
    "shared",
    "사업 안내표",
    "문의",
    "대표번호",
    "위반행위 신고",
}  # values of fields that an answer puts into other words
PRICES = {"free": "무료"}
PHONE = re.compile(r"\d{2,4}-\d{3,4}(?:-\d{4})?(?:~\d+)?|\b182\b")
LONGEST = 450
PAIRS = [(page["program"], topic) for page in COVERAGE for topic in TOPICS]
STATEMENTS = [(page["program"], statement) for page in COVERAGE for statement in page["statements"]]


def solid(text: str) -> str:
    """Return the text without what two people write differently."""
    return re.sub(r"[\s,·]", "", text).replace("~", "-")


def spoken(values: list[str]) -> list[str]:
    """Return the values as an answer says them; of a contact, which the list writes in one line, its number."""
    words = [PRICES.get(value, value) for value in values if value not in NOT_SAID]
    return [solid(found[0]) if (found := PHONE.findall(word)) else solid(word) for word in words]


def ask(chat: Callable[[], Chat], question: str) -> dict[str, Any]:
    turn = chat().say(question)
    assert answers(turn), question
    return turn


def known(number: int, topic: str) -> list[list[str]]:
    """Return the decisive values of each statement that the brochure makes on a topic of a program."""
    return [spoken(entry["values"]) for page, entry in STATEMENTS if page == number and entry["topic"] == topic]


@pytest.mark.parametrize(("number", "topic"), PAIRS, ids=[f"{number}-{topic}" for number, topic in PAIRS])
def test_a_topic_is_answered(chat: Callable[[], Chat], number: int, topic: str) -> None:
    program = KNOWLEDGE.program(number)
    turn = ask(chat, f"{program.name} {TOPICS[topic]}")
    said = solid(text_of(turn))
    assert 0 < len(said) <= LONGEST
    assert solid(program.name) in said
    expected = known(number, topic)
    if expected:
        assert {source["program"] for source in sources_of(turn)} == {number}
        assert any(all(value in said for value in values) for values in expected), f"{said}\nnone of {expected}"
    else:  # the brochure is silent: what comes closest, or that it does not say, and nothing of another program
        assert {source["program"] for source in sources_of(turn)} <= {number}


def test_every_statement_of_the_brochure_can_be_had(chat: Callable[[], Chat]) -> None:
    """Asked by topic or by its own words, (almost) each statement comes back with all its values."""
    missed = []
    by_topic: dict[tuple[int, str], str] = {}
    for number, statement in STATEMENTS:
        program = KNOWLEDGE.program(number)
        pair = (number, statement["topic"])
        if pair not in by_topic:
            by_topic[pair] = solid(text_of(ask(chat, f"{program.name} {TOPICS[pair[1]]}")))
        values = spoken(statement["values"])
        if all(value in by_topic[pair] for value in values):
            continue
        said = solid(text_of(ask(chat, f"{program.short_name} {statement['says']} {TOPICS[pair[1]]}")))
        if not all(value in said for value in values):
            missed.append(f"{program.short_name} · {statement['topic']} · {statement['says']}: {statement['values']}")
    share = 1 - len(missed) / len(STATEMENTS)
    assert share >= 0.95, f"{share:.1%} of {len(STATEMENTS)} statements; missed:\n" + "\n".join(missed)
