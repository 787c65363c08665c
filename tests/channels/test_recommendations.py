"""Recommendations for portals, and the printable page."""

import datetime
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from running_gateway import Gateway

from bot.conversations.encryption import Keyring, load_keyring
from bot.knowledge import load_default
from bot.korean_time import KOREA
from bot.recommendation import recommend
from bot.recommendation_link import DAYS, PATH, seal
from bot.recommendation_talk import Known

LODGING = {"company_size": "sme", "industry": "펜션 운영", "business_status": "active", "needs": ["보안시스템 구축"]}


@pytest.fixture
def http(gateway: Gateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture
def keyring(gateway: Gateway) -> Keyring:
    return load_keyring(gateway.settings)


def today() -> datetime.date:
    return datetime.datetime.now(KOREA).date()


def ask(http: httpx.Client, **profile: Any) -> list[dict[str, Any]]:
    response = http.post("/api/recommendations", json={"profile": profile})
    assert response.status_code == 200, response.text
    answer: list[dict[str, Any]] = response.json()
    return answer


def test_a_portal_gets_the_same_result_as_the_form(http: httpx.Client) -> None:
    profile = {"company_size": "sme", "industry": "other", "business_status": "active", "needs": ["insider"]}
    answer = ask(http, **profile)
    expected = recommend(load_default().programs, profile, today()).all
    assert [(one["number"], one["verdict"]) for one in answer] == [
        (finding.program.number, finding.verdict) for finding in expected
    ]
    assert sorted(one["number"] for one in answer) == list(range(1, 15))


def test_a_failed_condition_is_told_with_its_clause(http: httpx.Client) -> None:
    by_number = {one["number"]: one for one in ask(http, **LODGING)}
    for number in (2, 5, 6):
        assert by_number[number]["verdict"] == "ineligible"
        failed = [reason for reason in by_number[number]["reasons"] if reason["met"] is False]
        assert [(reason["section"], "숙박" in reason["condition"]) for reason in failed] == [("신청대상", True)]


def test_nothing_known_refuses_nothing(http: httpx.Client) -> None:
    assert all(one["verdict"] != "ineligible" for one in ask(http))
    nothing = {"company_size": None, "needs": "unknown", "leak_occurred": "unknown", "industry": "ㅁㄴㅇㄹ"}
    assert all(one["verdict"] != "ineligible" for one in ask(http, **nothing))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"profile": None},
        {"profile": {"company_size": "tiny"}},
        {"profile": {"leak_occurred": "yes"}},
        {"profile": {"needs": "보안"}},
        {"profile": {"needs": ["ㅁㄴㅇㄹ"]}},
        {"profile": {"certifications": ["x" * 201]}},
        {"profile": {"employee_count": -1}},
        {"profile": {"unknown_field": 1}},
        {"profile": {}, "more": 1},
        [],
    ],
)
def test_a_wrong_shape_is_refused(http: httpx.Client, body: Any) -> None:
    assert http.post("/api/recommendations", json=body).status_code == 422


def test_the_page_shows_the_result_without_any_script(http: httpx.Client, keyring: Keyring) -> None:
    facts = {
        "company_size": "sme",
        "industry": "other",
        "business_status": "active",
        "needs": ["security_system"],
        "accepts_self_payment": True,
        "certifications": ["innobiz"],
    }
    known = Known(facts, industry_name="금형 <b>회사</b>")
    response = http.get(PATH + seal(known, keyring, load_default(), today()))
    assert response.status_code == 200
    page = response.text
    for shown in (
        "중소기업",
        "기술유출방지시스템 구축",
        "50%(최대 4천만원)",
        "042-388-0758~60",
        "우선 지원대상",
        "출처: 중소·중견기업을 위한",
    ):
        assert shown in page
    assert "<script" not in page
    assert "금형 &lt;b&gt;회사&lt;/b&gt;" in page
    headers = response.headers
    assert "script-src" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    style = http.get("/recommendation.css")
    assert style.status_code == 200
    assert "size: A4" in style.text


def test_the_page_after_a_leak_begins_with_whom_to_call(http: httpx.Client, keyring: Keyring) -> None:
    known = Known({"company_size": "sme", "needs": ["investigation"], "leak_occurred": True})
    page = http.get(PATH + seal(known, keyring, load_default(), today())).text
    assert page.index("유출이 이미 있었다면 먼저") < page.index("맞는 순서대로")


def test_a_link_that_ended_or_was_made_up_opens_nothing(http: httpx.Client, keyring: Keyring) -> None:
    old = seal(Known({"company_size": "sme"}), keyring, load_default(), today() - datetime.timedelta(days=DAYS + 1))
    for token in (old, "AAAA", "x" * 300, "..%2F..%2Fetc"):
        response = http.get(PATH + token)
        assert response.status_code == 404
        assert "중소기업" not in response.text
