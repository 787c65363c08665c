"""Why a reply was wrong, found from the reply and from what the model read. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation import judging
from evaluation.talks import Outcome

FAILED = "error"
WRONG_ACT = "wrong act"
FELL_BACK = "fell back or asked back"
WRONG_PROGRAM = "wrong program"
WRONG_TOPIC = "wrong topic"
FACT_MISSING = "fact missing in the answer"
TOO_LONG = "too long"
FACTS_OUT_OF_SCOPE = "facts for a question out of scope"
FORM_OUT_OF_SCOPE = "form for a message out of scope"
FORM_WENT_WRONG = "form ended otherwise"

# The list of programs is no topic of one program; it is asked for by an act.
LISTS = ("list_programs", "compare_programs")


def cause(name: str, outcome: Outcome, reading: Mapping[str, Any] | None) -> str:
    """Return the cause of a wrong reply. `reading`: of the last turn, alone."""
    if outcome.error:
        return FAILED
    if name == "oos":
        return FACTS_OUT_OF_SCOPE if outcome.programs else FORM_OUT_OF_SCOPE
    if name == "acts":
        return FELL_BACK if _fell_back(reading) else WRONG_ACT
    if name in ("recommend", "leak"):
        return FORM_WENT_WRONG
    if outcome.has_facts and outcome.characters > _longest(name, outcome):
        return TOO_LONG
    if outcome.form:
        return WRONG_ACT
    if _fell_back(reading):
        return FELL_BACK
    if name == "multi":
        return FACT_MISSING if outcome.programs else FELL_BACK
    return _cause_of_fact(outcome, reading)


def _cause_of_fact(outcome: Outcome, reading: Mapping[str, Any] | None) -> str:
    item = outcome.item
    if item["topic"] == "list":
        return FACT_MISSING if reading and reading["intent"] in LISTS else WRONG_ACT
    if reading and reading["intent"] not in ("ask_program", "compare_programs") and not outcome.programs:
        return WRONG_ACT
    if not outcome.programs:
        return FELL_BACK
    if item["program"] not in outcome.programs:
        return WRONG_PROGRAM
    topics = [name for name, _ in (reading or {}).get("facets", {}).get("topics") or []]
    return WRONG_TOPIC if topics and topics[0] != item["topic"] else FACT_MISSING


def _fell_back(reading: Mapping[str, Any] | None) -> bool:
    return reading is not None and reading["intent"] == "nlu_fallback"


def _longest(name: str, outcome: Outcome) -> int:
    return judging.LONGEST_IN_TALK if name == "multi" else judging.longest(outcome.item)
