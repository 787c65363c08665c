"""What must hold of the programs as a whole."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from bot.knowledge import DEFAULT_FOLDER, PRICES, Knowledge, comparable

# The order of the table at the end of the brochure; its text has 5 and 6 the other way round.
TABLE = (
    "consultation_center",
    "expert_consulting",
    "technology_escrow",
    "dispute_mediation",
    "leak_prevention_system",
    "guard_service",
    "national_core_technology",
    "industrial_technology",
    "security_partnership",
    "technology_data_demand",
    "trade_secret_education",
    "trade_secret_certification",
    "trade_secret_management",
    "police_investigation",
)
PHONE = re.compile(r"0\d{1,2}-\d{3,4}-\d{4}(~\d{2})?|1666-\d{4}|182")
AMOUNT = re.compile(r"[\d,]+(?:천)?만원|\d+%|손해액의 \d배|\d+개사|\d~\d인|B등급|최대 \d일|\d+개월")


def test_the_programs_are_numbered_as_in_the_table(knowledge: Knowledge) -> None:
    assert [(program.number, program.id) for program in knowledge.programs] == list(enumerate(TABLE, 1))


def test_a_name_means_one_program(knowledge: Knowledge) -> None:
    names = [(comparable(name), program.id) for program in knowledge.programs for name in program.names]
    owners = Counter(name for name, _ in set(names))
    assert [name for name, count in owners.items() if count > 1] == []


def test_a_name_means_one_agency(knowledge: Knowledge) -> None:
    names = Counter(comparable(name) for agency in knowledge.agencies for name in (agency.name, *agency.aliases))
    assert [name for name, count in names.items() if count > 1] == []


def test_an_alias_has_at_least_two_characters(knowledge: Knowledge) -> None:
    assert not [alias for program in knowledge.programs for alias in program.aliases if len(comparable(alias)) < 2]


def test_phones_look_like_phones(knowledge: Knowledge) -> None:
    for program in knowledge.programs:
        for phone in (*program.department.phones, *(contact.phone for contact in program.contacts)):
            assert PHONE.fullmatch(phone), f"{program.id}: {phone}"


def test_each_contact_has_its_own_phone(knowledge: Knowledge) -> None:
    for program in knowledge.programs:
        phones = [contact.phone for contact in program.contacts]
        assert len(set(phones)) == len(phones), program.id


def test_the_first_contact_is_the_one_to_ask(knowledge: Knowledge) -> None:
    assert {program.contacts[0].use for program in knowledge.programs} == {"문의"}


def test_an_amount_stands_once_in_a_program(knowledge: Knowledge) -> None:
    for program in knowledge.programs:
        amounts = Counter(amount for fact in program.facts for amount in AMOUNT.findall(fact.text))
        assert [amount for amount, count in amounts.items() if count > 1] == [], program.id


def test_a_web_address_stands_in_its_field_only(knowledge: Knowledge) -> None:
    assert not [fact for program in knowledge.programs for fact in program.facts if "www." in fact.text]


@pytest.mark.parametrize("topic", ["overview", "target", "apply"])
def test_what_everybody_asks_has_an_answer(knowledge: Knowledge, topic: str) -> None:
    assert [program.id for program in knowledge.programs if not knowledge.facts(program.id, topic)] == []


def test_each_field_of_a_program_is_explained() -> None:
    guide = (DEFAULT_FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", guide, re.MULTILINE)
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (DEFAULT_FOLDER / "programs").glob("*.yml")]
    explained = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert {name for file in files for name in file} <= explained
    assert all(f"`{price}`" in guide for price in PRICES)


def test_a_program_with_a_price_says_it_in_words(knowledge: Knowledge) -> None:
    priced = [program.id for program in knowledge.programs if program.price]
    assert [program for program in priced if not knowledge.facts(program, "cost")] == []
