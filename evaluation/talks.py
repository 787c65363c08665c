"""Leads each kind of test item through a conversation, and keeps what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from evaluation import judging
from evaluation.chat import Chat, NotInTime
from evaluation.items import Item

LONGEST_FORM = 26  # answers; a form that still asks then goes in circles

SIZES = {
    "중소기업": "중소기업이에요", "소기업": "소기업이에요", "중견기업": "중견기업입니다", "대기업": "대기업입니다",
    "개인": "개인이에요", "기관": "기관입니다", "단체": "단체입니다",
}  # fmt: skip
YES_OR_NO = {  # slot of the form → key of the profile
    "holds_national_core_technology": "holds_national_core",
    "holds_industrial_technology": "holds_industrial",
    "is_subcontractor": "subcontractor",
    "partner_of_large_company": "partner_of_large",
    "in_cross_shareholding_group": "cross_shareholding_group",
    "counterparty_in_cross_shareholding_group": "counterparty_cross_shareholding",
    "leak_occurred": "leak_occurred",
    "has_security_equipment": "security_devices",
    "accepts_self_payment": "self_pay",
}
UNKNOWN = "모르겠어요"


@dataclass
class Outcome:
    """What came of one item."""

    item: Item
    right: bool = False
    reply: str = ""
    characters: int = 0
    has_facts: bool = True  # says what is expected, however long it is
    programs: tuple[int, ...] = ()  # whose facts the reply gives
    form: str | None = None
    seconds: list[float] = field(default_factory=list)
    error: str | None = None
    asked_again: bool = False  # the engine was late the first time
    wrong: list[str] = field(default_factory=list)  # of a form: what is wrong with its end


def ask(name: str, item: Item, http: httpx.Client) -> Outcome:
    """Return what came of an item of the set; an error of the bot is an outcome, too.

    The same sentence gets the same answer, but a busy machine may be late with it: then the item is asked once more.
    """
    try:
        return SUITES[name](item, Chat(http))
    except (NotInTime, httpx.TimeoutException):
        outcome = _ask_once_more(name, item, http)
        outcome.asked_again = True
        return outcome
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return _failed(name, item, error)


def _ask_once_more(name: str, item: Item, http: httpx.Client) -> Outcome:
    try:
        return SUITES[name](item, Chat(http))
    except (NotInTime, httpx.HTTPError, KeyError, ValueError) as error:
        return _failed(name, item, error)


def _failed(name: str, item: Item, error: Exception) -> Outcome:
    if isinstance(error, httpx.HTTPStatusError):
        # A text that is refused as impossible is out of scope, and rightly refused.
        status = error.response.status_code
        return Outcome(item, name == "oos" and status in (400, 413, 422), error=f"HTTP {status}")
    return Outcome(item, error=f"{type(error).__name__}: {error}"[:200])


def _outcome(item: Item, right: bool, reply: dict[str, Any], chat: Chat) -> Outcome:
    return Outcome(
        item,
        right,
        reply=judging.shown(reply),
        characters=judging.length(reply),
        programs=tuple(dict.fromkeys(source["program"] for source in judging.sources(reply))),
        form=judging.form(reply),
        seconds=chat.seconds,
    )


def _of_form(item: Item, wrong: list[str], reply: dict[str, Any], chat: Chat) -> Outcome:
    outcome = _outcome(item, not wrong, reply, chat)
    outcome.wrong = wrong
    return outcome


def ask_fact(item: Item, chat: Chat) -> Outcome:
    """One question about a program."""
    reply = chat.say(item["text"])
    outcome = _outcome(item, judging.right_fact(item, reply), reply, chat)
    outcome.has_facts = judging.holds_the_facts(item, reply)
    return outcome


def ask_in_talk(item: Item, chat: Chat) -> Outcome:
    """Several turns; the answer to the last one counts."""
    for text in item["turns"]:
        reply = chat.say(text)
    outcome = _outcome(item, judging.right_in_talk(item, reply), reply, chat)
    outcome.has_facts = judging.holds_the_facts(item, reply)
    return outcome


def ask_out_of_scope(item: Item, chat: Chat) -> Outcome:
    """Something that no program answers."""
    reply = chat.say(item["text"])
    return _outcome(item, judging.right_out_of_scope(reply), reply, chat)


def ask_act(item: Item, chat: Chat) -> Outcome:
    """A message that wants the bot to do something."""
    reply = chat.say(item["text"])
    return _outcome(item, judging.right_act(item["act"], reply), reply, chat)


def profile_answer(slot: str | None, item: Item) -> str:
    """Return what the company of a profile answers to the form."""
    profile = item["profile"]
    if slot == "company_size":
        size = profile.get("size") or ""
        return next((said for word, said in SIZES.items() if word in size), size or UNKNOWN)
    if slot == "industry":
        return profile.get("industry") or UNKNOWN
    if slot == "business_status":
        return "네, 휴업 중이에요" if profile.get("suspended") else "정상 영업 중이에요"
    if slot == "needs":
        return ", ".join(profile.get("needs") or []) or item["narrative"]
    if slot == "certifications":
        return ", ".join(profile.get("certifications") or []) or "없어요"
    if slot == "uses_escrow":
        needs = profile.get("needs") or []
        return "네" if "임치 이용중" in needs else "아니요" if "임치 미이용" in needs else UNKNOWN
    value = profile.get(YES_OR_NO.get(slot or "", ""))
    return UNKNOWN if value is None else "네" if value else "아니요"


def ask_recommendation(item: Item, chat: Chat) -> Outcome:
    """A company that tells its story and answers what it is asked."""
    reply = chat.say(item["narrative"])
    if judging.form(reply) is None and not judging.cards(reply, "program"):
        reply = chat.say("우리 회사에 맞는 지원사업을 추천해 주세요")
    for _ in range(LONGEST_FORM):
        if judging.form(reply) != "recommendation":
            break
        reply = chat.say(profile_answer(judging.slot(reply), item))
    return _of_form(item, judging.wrong_in_recommendation(item, reply), reply, chat)


def report_answer(slot: str | None, item: Item) -> str:
    """Return what the person who reports answers to the form."""
    expected, story = item["expect_slots"], " ".join(item["turns"])
    said = {
        "privacy_consent": "네, 동의합니다" if item.get("handover", True) else "동의 안 해요",
        "incident_summary": expected.get("what") or item["turns"][0],
        "incident_date": expected.get("when") or "잘 모르겠어요",
        "leaked_technology": expected.get("tech") or "잘 모르겠어요",
        "suspect": expected.get("suspect") or UNKNOWN,
        "evidence": expected.get("evidence") or "없어요",
        "reporter_name": expected.get("name") or "김신고",
        "reporter_phone": expected.get("phone") or "010-0000-1111",
        "reporter_email": expected.get("email") or "없어요",
        "company_name": "건너뛸게요",
    }
    if slot in said:
        return said[slot]
    if re.search("contract", slot or ""):
        return "네" if re.search("원청|원사업자|하도급|수급", story) else "아니요"
    if re.search("core|industrial|technolog", slot or ""):
        return "네" if re.search("국가핵심|산업기술", story) else "아니요"
    return "네, 맞아요" if re.search("confirm|submit|review", slot or "") else UNKNOWN


def ask_report(item: Item, chat: Chat) -> Outcome:
    """An incident that is told, and the form that takes it."""
    reply = chat.say(item["turns"][0])
    seen = judging.shown(reply)
    started = judging.form(reply) == "leak_report"
    if not started:
        reply = chat.say("기술유출 신고 접수하고 싶어요")
        seen += "\n" + judging.shown(reply)
    for _ in range(LONGEST_FORM):
        if judging.form(reply) != "leak_report":
            break
        reply = chat.say(report_answer(judging.slot(reply), item))
        seen += "\n" + judging.shown(reply)
    return _of_form(item, judging.wrong_in_report(item, started, seen, reply), reply, chat)


SUITES: dict[str, Callable[[Item, Chat], Outcome]] = {
    "facts": ask_fact,
    "multi": ask_in_talk,
    "oos": ask_out_of_scope,
    "acts": ask_act,
    "recommend": ask_recommendation,
    "leak": ask_report,
}
