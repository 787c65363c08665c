"""How a question and a result are put: which responses of domain.yml with which values, cards, sources and next steps. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.eligibility import UNKNOWN, Reason
from bot.knowledge import BUSINESS_STATUSES, SIZES, Knowledge, Program, values_of
from bot.leak_report import Say
from bot.recommendation import QUESTIONS, Finding, Result
from bot.recommendation_talk import Known

FORM = "recommendation"
LEAK_CONTACTS = (1, 14)  # whom a company calls first after a leak: the centre and the police
MOST_FACTS = 2  # of a topic, in a result


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a result."""

    say: Say
    cards: tuple[dict[str, Any], ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    buttons: tuple[tuple[Say, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the form waits for: the kind of input and the answers that are offered."""

    input: str
    choices: tuple[Say, ...] = field(default=())


def question(slot: str, known: Known, knowledge: Knowledge) -> Question:
    """Return the kind of input and the offered answers of a question. An offered answer is read like a typed one."""
    unknown = _choice("unknown")
    if slot == "company_size":
        return Question("choice", (*(_choice(f"{slot}_{size}") for size in SIZES), unknown))
    if slot == "business_status":
        return Question("choice", (*(_choice(f"{slot}_{status}") for status in BUSINESS_STATUSES), unknown))
    if slot == "industry":
        kinds = ("other", "software", "lodging", "nightlife")
        return Question("text", (*(_choice(f"{slot}_{kind}") for kind in kinds), unknown))
    if slot == "needs":
        told = known.facts.get("needs")
        needs = told if isinstance(told, list) else []
        names = [_named(need.name) for need in knowledge.needs.values() if need.offered and need.id not in needs]
        return Question("text", (_choice("none"), *names) if needs else tuple(names))
    if slot == "certifications":
        held = (_named(word.name) for word in knowledge.certifications.values())
        return Question("text", (*held, _choice("none"), unknown))
    return Question("choice", (_choice("yes"), _choice("no"), unknown))


def _choice(name: str) -> Say:
    return Say(f"utter_recommendation_choice_{name}")


def _named(name: str) -> Say:
    return Say("utter_recommendation_choice_named", {"name": name})


# --- what is known of the company --------------------------------------------------------------------------------------


def facts_in_words(known: Known, knowledge: Knowledge) -> list[Say]:
    """Return what is known of the company, a few words each, in the order of the questions. What is unknown is left out."""
    words: list[Say] = []
    for fact in QUESTIONS:
        value = known.facts.get(fact)
        if value is not None and value != UNKNOWN:
            words += _fact_in_words(fact, value, known, knowledge)
    return words


def _fact_in_words(fact: str, value: Any, known: Known, knowledge: Knowledge) -> list[Say]:
    if fact == "industry":
        entry = knowledge.industries.get(value)
        name = known.industry_name or (entry.name if entry else "")
        return [Say("utter_recommendation_fact_named", {"name": name})] if name else []
    if fact in ("needs", "certifications"):
        entries = getattr(knowledge, fact)
        if not value:
            return [Say("utter_recommendation_fact_certifications_none")] if fact == "certifications" else []
        names = [entries[key].name for key in value if key in entries]
        return [Say("utter_recommendation_fact_named", {"name": name}) for name in names]
    shown = {True: "yes", False: "no"}.get(value, value)
    return [Say(f"utter_recommendation_fact_{fact}_{shown}")] if value in values_of(fact, {}) else []


# --- the result --------------------------------------------------------------------------------------------------------


def result_messages(result: Result, knowledge: Knowledge, known: str, leaked: bool, page: Say) -> list[Message]:
    """Return the messages of a result: the leak route first where there was one, then the programs, then what to do next.

    `known` says in one line what is known of the company.
    """
    messages = [_leak_first(knowledge)] if leaked else []
    lead = Say("utter_recommendation_result", {"known": known, "count": len(result.shown)})
    messages.append(Message(lead if known else Say("utter_recommendation_result_of_nothing")))
    for place, finding in enumerate(result.shown, 1):
        lines = _program_lines(finding, knowledge)
        values = {
            "place": place,
            "program": finding.program.name,
            "verdict": Say(f"utter_recommendation_verdict_{finding.verdict}"),
            "lines": lines,
        }
        messages.append(Message(Say("utter_recommendation_program", values), (card(finding),), sources_of([finding])))
    if result.near:
        lines = [_near_line(finding) for finding in result.near]
        messages.append(Message(Say("utter_recommendation_near", {"lines": lines}), sources=sources_of(result.near)))
    return [*messages, Message(page), _next_steps(result)]


def _leak_first(knowledge: Knowledge) -> Message:
    contacts = [knowledge.program(number).contacts[0] for number in LEAK_CONTACTS]
    lines = [
        Say("utter_recommendation_contact_line", {"name": contact.name, "phone": contact.phone}) for contact in contacts
    ]
    shown = {"type": "contacts", "contacts": [{"name": one.name, "phone": one.phone} for one in contacts]}
    sources = [
        {"program": number, "section": contact.section} for number, contact in zip(LEAK_CONTACTS, contacts, strict=True)
    ]
    button = (Say("utter_recommendation_button_leak"), "/report_leak")
    return Message(Say("utter_recommendation_leak_first", {"contacts": lines}), (shown,), tuple(sources), (button,))


def _program_lines(finding: Finding, knowledge: Knowledge) -> list[Say]:
    program = finding.program
    lines = [Say("utter_recommendation_line_why", {"why": why.text}) for why in finding.whys[:1]]
    lines += condition_lines(finding.reasons) or [Say("utter_recommendation_no_condition")]
    lines += [
        Say("utter_recommendation_line_first", {"condition": priority.text})
        for priority in finding.priorities
        if priority.met
    ]
    lines += [Say("utter_recommendation_line_tell", {"text": remark.text}) for remark in finding.remarks]
    lines += [Say("utter_recommendation_line_tell", {"text": text}) for text in program.tell_the_user]
    lines.append(Say("utter_recommendation_line_support", {"text": _support(finding, knowledge)}))
    if cost := _facts(program, knowledge, "cost", MOST_FACTS):
        lines.append(Say("utter_recommendation_line_cost", {"text": cost}))
    apply = " ".join(filter(None, (_facts(program, knowledge, "apply", 1), program.website)))
    lines.append(Say("utter_recommendation_line_apply", {"text": apply}))
    contact = program.contacts[0]
    lines.append(Say("utter_recommendation_line_contact", {"name": contact.name, "phone": contact.phone}))
    return lines


def condition_lines(reasons: Iterable[Reason]) -> list[Say]:
    """Return a line for each condition: holds, fails, or not known yet."""
    marks = {True: "met", False: "failed", None: "open"}
    return [Say(f"utter_recommendation_line_{marks[reason.met]}", {"condition": reason.text}) for reason in reasons]


def _support(finding: Finding, knowledge: Knowledge) -> str:
    """Return what the program gives: first what stands beside the reason why it is recommended."""
    whys = finding.whys[:1]
    cost = {fact.text for fact in knowledge.facts(finding.program.id, "cost")}
    facts = [
        fact
        for topic in ("overview", "support")
        for fact in knowledge.facts(finding.program.id, topic)
        if fact.text not in cost and all(fact.text != why.text for why in whys)
    ]
    facts.sort(key=lambda fact: all(fact.section != why.section for why in whys))
    return " ".join(dict.fromkeys(fact.text for fact in facts[:MOST_FACTS]))


def _facts(program: Program, knowledge: Knowledge, topic: str, most: int) -> str:
    return " ".join(fact.text for fact in knowledge.facts(program.id, topic)[:most])


def _near_line(finding: Finding) -> Say:
    lines = condition_lines(finding.failed)
    changes = dict.fromkeys(reason.change for reason in finding.failed if reason.change)
    lines += [Say("utter_recommendation_line_change", {"text": change}) for change in changes]
    return Say("utter_recommendation_near_line", {"program": finding.program.name, "lines": lines})


def _next_steps(result: Result) -> Message:
    buttons: list[tuple[Say, str]] = []
    if result.refused:
        buttons.append((Say("utter_recommendation_button_refused"), "/ask_reasons"))
    if result.shown:
        first = result.shown[0].program
        title = Say("utter_recommendation_button_program", {"program": first.short_name})
        buttons.append((title, "/ask_program" + json.dumps({"program": first.id, "topic": "overview"})))
    buttons.append((Say("utter_recommendation_button_person"), "/talk_to_human"))
    return Message(Say("utter_recommendation_next"), buttons=tuple(buttons))


# --- reasons on demand -------------------------------------------------------------------------------------------------


def refused_message(result: Result) -> Message:
    """Return the programs that are none for the company, each with the condition that fails and what would change it."""
    if not result.refused:
        return Message(Say("utter_recommendation_none_refused"))
    lines = [_near_line(finding) for finding in result.refused]
    cards = tuple(card(finding) for finding in result.refused)
    return Message(Say("utter_recommendation_refused", {"lines": lines}), cards, sources_of(result.refused))


def reasons_message(finding: Finding) -> Message:
    """Return why a program fits the company, or not, from the same reasons as the result."""
    lines: list[Say] = []
    if finding.verdict != "ineligible":
        lines += [Say("utter_recommendation_line_why", {"why": why.text}) for why in finding.whys]
    lines += condition_lines(finding.reasons) or [Say("utter_recommendation_no_condition")]
    changes = dict.fromkeys(reason.change for reason in finding.failed if reason.change)
    lines += [Say("utter_recommendation_line_change", {"text": change}) for change in changes]
    values = {
        "program": finding.program.name,
        "verdict": Say(f"utter_recommendation_verdict_{finding.verdict}"),
        "lines": lines,
    }
    return Message(Say("utter_recommendation_reasons", values), (card(finding),), sources_of([finding]))


# --- shared shapes -----------------------------------------------------------------------------------------------------


def card(finding: Finding) -> dict[str, Any]:
    """Return the card of a program: number, verdict, and each condition with its outcome and its clause."""
    return {
        "type": "program",
        "number": finding.program.number,
        "name": finding.program.name,
        "verdict": finding.verdict,
        "reasons": [
            {"condition": reason.text, "met": reason.met, "section": reason.section} for reason in finding.reasons
        ],
    }


def sources_of(findings: Sequence[Finding]) -> tuple[dict[str, Any], ...]:
    """Return where the brochure says what was said of these programs."""
    sources = {
        (finding.program.number, section): {"program": finding.program.number, "section": section}
        for finding in findings
        for section in (*(why.section for why in finding.whys[:1]), *(reason.section for reason in finding.reasons))
    }
    return tuple(sources.values())
