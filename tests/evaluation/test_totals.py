"""Totals, causes and the comparison with what is committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot import knowledge
from evaluation import causes, items, report, search, totals
from evaluation.talks import Outcome, profile_answer, report_answer
from evaluation.totals import Count


def fact(*, right: bool = False, **more: Any) -> Outcome:
    item = {
        "id": "f1",
        "text": "임치 신고 비용",
        "program": 3,
        "topic": "cost",
        "style": "keyword",
        "expect_all": ["30만원"],
        "expect_any": [],
    }
    return Outcome(item, right, **{"has_facts": right, **more})


def reading(intent: str = "ask_program", topic: str = "cost") -> dict[str, Any]:
    ranking = [{"name": intent, "confidence": 0.9}]
    facets = {"programs": ["technology_escrow"], "topics": [[topic, 0.9]]}
    rankings = {
        "intent": ranking,
        "program": [{"name": "technology_escrow", "confidence": 0.8}],
        "topic": [{"name": topic, "confidence": 0.7}],
    }
    return {"intent": intent, "facets": facets, "rankings": rankings, "milliseconds": 3.0, "cpu_milliseconds": 2.0}


@pytest.mark.parametrize(
    ("outcome", "read", "cause"),
    [
        (fact(error="HTTP 500"), reading(), causes.FAILED),
        (fact(has_facts=True, characters=451, programs=(3,)), reading(), causes.TOO_LONG),
        (fact(form="leak_report"), reading("report_leak"), causes.WRONG_ACT),
        (fact(), reading("chitchat"), causes.WRONG_ACT),
        (fact(), reading("nlu_fallback"), causes.FELL_BACK),
        (fact(), reading(), causes.FELL_BACK),
        (fact(programs=(12,)), reading(), causes.WRONG_PROGRAM),
        (fact(programs=(3,)), reading(topic="effect"), causes.WRONG_TOPIC),
        (fact(programs=(3,)), reading(), causes.FACT_MISSING),
        (fact(programs=(3,)), None, causes.FACT_MISSING),
    ],
)
def test_the_cause_of_a_wrong_answer(outcome: Outcome, read: dict[str, Any] | None, cause: str) -> None:
    assert causes.cause("facts", outcome, read) == cause


def test_a_total_is_worse_when_it_loses_more_than_noise() -> None:
    before = {"facts": Count(700, 738), "multi": Count(110, 122)}
    assert totals.worse({"facts": Count(697, 738), "multi": Count(109, 122)}, before) == []
    assert len(totals.worse({"facts": Count(696, 738), "multi": Count(108, 122)}, before)) == 2


def test_a_set_that_was_not_asked_or_is_new_is_not_worse() -> None:
    assert totals.worse({"acts": Count(0, 10)}, {"facts": Count(700, 738)}) == []


def test_totals_come_back_as_they_were_saved(tmp_path: Path) -> None:
    found = {"facts": Count(700, 738)}
    totals.save(found, tmp_path / "totals.json")
    assert totals.committed(tmp_path / "totals.json") == found
    assert totals.committed(tmp_path / "none.json") == {}


def test_what_is_told_and_what_is_asked_about_reporting_are_counted_apart() -> None:
    told = [Outcome({"text": "도면을 훔쳐갔어요", "act": "report_leak"}, form=form) for form in ("leak_report", None)]
    asked = [
        Outcome({"text": "신고하면 비밀이 지켜지나요", "act": "ask_program"}, form=form)
        for form in (None, "leak_report")
    ]
    beside = Outcome({"text": "임치 비용", "act": "ask_program"}, form="leak_report")
    found = totals.counts({"acts": [*told, *asked, beside]})
    assert found["told incidents taken as reports"] == Count(1, 2)
    assert found["questions about reporting not taken as reports"] == Count(1, 2)


def test_no_register_goes_down_unnoticed() -> None:
    def asked(style: str, right: int, of: int) -> list[Outcome]:
        return [Outcome({"text": "임치 비용", "style": style}, at < right) for at in range(of)]

    before = totals.kept({"facts": asked("keyword", 40, 50) + asked("story", 45, 50)})
    now = totals.kept({"facts": asked("keyword", 50, 50) + asked("story", 40, 50)})
    assert now["facts"].good > before["facts"].good
    (problem,) = totals.worse(now, before)
    assert problem.startswith("facts, story: 40/50")


def test_targets_stand_beside_the_numbers() -> None:
    slow = {**reading(), "milliseconds": 50.0}
    table = {
        row.name: row
        for row in totals.rows({"facts": [fact(right=True, characters=80)]}, [reading(), slow], 3.0, 130.0)
    }
    assert table["right answers, whole reply"].reached
    assert table["characters of a topic answer, median"].reached
    assert table["parse, 95 %"].reached is False
    assert table["training"].reached is False
    assert table["asked again, because the engine was late"].value == "0"


def test_the_report_lists_what_is_wrong_and_needs_no_other_file() -> None:
    outcomes = {
        "facts": [fact(right=True, characters=90, programs=(3,)), fact(programs=(12,), reply="<b>원본증명</b>")]
    }
    readings = {outcomes["facts"][0].item["text"]: reading()}
    table = totals.rows(outcomes, [reading()], None, None)
    systems = {"this bot": {"facts": Count(1, 2)}, "BM25": {"facts": Count(1, 2)}}
    found = report.Findings(outcomes, readings, table, systems, report.datetime.now(), "two items")
    page = report.write(found, knowledge.load_default())
    assert "wrong program: 1" in page
    assert "&lt;b&gt;원본증명" in page
    assert "<script" not in page
    assert 'src="' not in page
    assert page.count("<svg") >= 9
    assert "Act: meant and read" in page


def test_search_answers_with_the_best_passage_and_is_silent_about_the_rest() -> None:
    found = search.Search(search.passages(knowledge.load_default()), lambda texts: [text.split() for text in texts])
    assert found.reply(["임치", "수수료"])["messages"][0]["sources"][0]["program"] == 3
    assert "sources" not in found.reply(["김치찌개"])["messages"][0]
    assert "sources" not in found.reply([])["messages"][0]


def test_a_limit_takes_items_from_the_whole_set() -> None:
    assert len(items.load("facts", 10)) == 10
    assert items.load("facts", 10)[-1] != items.load("facts")[9]
    assert len(items.load("facts", 10**6)) == len(items.load("facts"))


def test_a_company_answers_the_form_as_its_profile_says() -> None:
    item = {
        "narrative": "도면이 걱정돼요",
        "profile": {"size": "중소기업", "suspended": True, "subcontractor": None, "self_pay": False, "needs": []},
    }
    assert profile_answer("company_size", item) == "중소기업이에요"
    assert profile_answer("business_status", item) == "네, 휴업 중이에요"
    assert profile_answer("needs", item) == "도면이 걱정돼요"
    assert profile_answer("is_subcontractor", item) == "모르겠어요"
    assert profile_answer("accepts_self_payment", item) == "아니요"
    assert profile_answer("a_slot_of_tomorrow", item) == "모르겠어요"


def test_a_person_who_reports_answers_the_form_from_the_dialogue() -> None:
    item = {"turns": ["원청이 도면을 빼갔어요"], "expect_slots": {"tech": "도면"}, "handover": False}
    assert report_answer("privacy_consent", item) == "동의 안 해요"
    assert report_answer("leaked_technology", item) == "도면"
    assert report_answer("concerns_subcontract", item) == "네"
    assert report_answer("concerns_core_technology", item) == "아니요"
    assert report_answer("confirm", item) == "네, 맞아요"
