"""The knowledge says everything that the brochure says: coverage.yml lists its statements."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge import Knowledge

LIST = yaml.safe_load(Path(__file__).with_name("coverage.yml").read_text(encoding="utf-8"))
STATEMENTS = [(page["program"], statement) for page in LIST["programs"] for statement in page["statements"]]


def said(knowledge: Knowledge, number: int, topic: str) -> str:
    """Return everything that the knowledge of a program says on a topic, in its facts and in its fields."""
    program = knowledge.program(number)
    fields: dict[str, list[str | None]] = {
        "overview": [program.name, program.name_in_table],
        "contact": [f"{entry.name} {entry.phone} {entry.use} {entry.section}" for entry in program.contacts],
        "department": [program.department.name, *program.department.phones, program.department.section],
        "operator": [program.agency.name, program.operator.name],
        "apply": [program.website, knowledge.sites.get(program.website or "")],
        "cost": [program.price],
    }
    facts = [fact.text for fact in knowledge.facts(number, topic)]
    return "\n".join(filter(None, [*facts, *fields.get(topic, [])]))


@pytest.mark.parametrize(
    ("number", "statement"),
    STATEMENTS,
    ids=[f"{number}-{statement['topic']}-{statement['says']}" for number, statement in STATEMENTS],
)
def test_a_statement_of_the_brochure_is_known(knowledge: Knowledge, number: int, statement: dict[str, Any]) -> None:
    text = said(knowledge, number, statement["topic"])
    missing = [value for value in statement["values"] if value not in text]
    program = knowledge.program(number)
    assert not missing, f"{program.id}.yml, topic {statement['topic']}, lacks {missing}. It says:\n{text}"


@pytest.mark.parametrize("statement", LIST["agencies"], ids=lambda entry: f"{entry['agency']}-{entry['says']}")
def test_an_agency_of_the_brochure_is_known(knowledge: Knowledge, statement: dict[str, Any]) -> None:
    agency = knowledge.agency(statement["agency"])
    known = [agency.name, *agency.aliases, agency.phone, agency.address, agency.hours]
    assert not set(statement["values"]) - set(known)


def test_the_source_is_named_and_undated(knowledge: Knowledge) -> None:
    (source,) = knowledge.sources
    assert source.title == LIST["sources"][0]["values"][0]
    assert source.dated is None
    assert source.note


def test_the_list_is_whole() -> None:
    """No page is left out, and nothing stands in the list twice."""
    assert sorted(page["program"] for page in LIST["programs"]) == list(range(1, 15))
    assert len(STATEMENTS) > 330
    repeated = Counter((number, entry["topic"], entry["says"]) for number, entry in STATEMENTS).most_common(1)[0]
    assert repeated[1] == 1, repeated
