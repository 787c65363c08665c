"""A link shows its result until its day, and nothing to anybody who made it up."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from bot.conversations.encryption import Keyring
from bot.errors import LinkExpired
from bot.knowledge import load_default
from bot.recommendation_link import DAYS, seal, unseal
from bot.recommendation_talk import Known

TODAY = datetime.date(2026, 11, 23)
KNOWLEDGE = load_default()
KEYS = Keyring({1: b"a" * 32})
KNOWN = Known(
    {
        "company_size": "sme",
        "industry": "other",
        "needs": ["dispute", "insider"],
        "certifications": [],
        "leak_occurred": False,
        "uses_escrow": "unknown",
        "employee_count": 40,
    },
    industry_name="금형 & <주물>",
)


def test_a_link_opens_what_it_was_made_of() -> None:
    assert unseal(seal(KNOWN, KEYS, KNOWLEDGE, TODAY), KEYS, KNOWLEDGE, TODAY) == KNOWN


def test_a_link_says_nothing_by_itself() -> None:
    first, second = (seal(KNOWN, KEYS, KNOWLEDGE, TODAY) for _ in range(2))
    assert first != second
    assert first.isascii()
    assert all(character.isalnum() or character in "-_" for character in first)


@pytest.mark.parametrize(("days", "opens"), [(0, True), (DAYS, True), (DAYS + 1, False)])
def test_a_link_ends(days: int, opens: bool) -> None:
    token = seal(KNOWN, KEYS, KNOWLEDGE, TODAY)
    day = TODAY + datetime.timedelta(days=days)
    if opens:
        assert unseal(token, KEYS, KNOWLEDGE, day) == KNOWN
    else:
        with pytest.raises(LinkExpired):
            unseal(token, KEYS, KNOWLEDGE, day)


@pytest.mark.parametrize("token", ["", "x", "AAAA", "!" * 50, "A" * 5000, "한글", "AQ" * 40])
def test_a_made_up_link_opens_nothing(token: str) -> None:
    with pytest.raises(LinkExpired):
        unseal(token, KEYS, KNOWLEDGE, TODAY)


def test_a_changed_link_opens_nothing() -> None:
    token = seal(KNOWN, KEYS, KNOWLEDGE, TODAY)
    for place in (5, len(token) // 2):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkExpired):
            unseal(changed, KEYS, KNOWLEDGE, TODAY)


def test_a_link_made_with_another_key_opens_nothing() -> None:
    with pytest.raises(LinkExpired):
        unseal(seal(KNOWN, Keyring({1: b"b" * 32}), KNOWLEDGE, TODAY), KEYS, KNOWLEDGE, TODAY)


def test_a_link_from_before_the_words_were_changed_opens_nothing() -> None:
    token = seal(KNOWN, KEYS, KNOWLEDGE, TODAY)
    needs = dict(reversed(KNOWLEDGE.needs.items()))
    with pytest.raises(LinkExpired):
        unseal(token, KEYS, replace(KNOWLEDGE, needs=needs), TODAY)
