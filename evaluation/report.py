"""The report: one HTML file with everything in it."""

from __future__ import annotations

import html
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.knowledge import Knowledge
from evaluation import causes, plots, totals
from evaluation.items import sentences
from evaluation.talks import Outcome
from evaluation.totals import Count, Row

TOPICS = [
    "overview",
    "target",
    "exclusion",
    "support",
    "scope",
    "cost",
    "period",
    "apply",
    "contact",
    "department",
    "operator",
    "effect",
    "duration",
    "duty",
    "sanction",
    "priority",
    "staff",
    "hours",
    "address",
    "law",
    "documents",
    "review",
    "other",
    "same",
    "list",
]
LONGEST_REPLY = 260
SETS = {
    "facts": "questions", "multi": "several turns", "oos": "out of scope", "acts": "acts", "recommend": "recommendations", "leak": "leak reports",
}  # fmt: skip
STYLE = """
:root{color-scheme:light}body{font:15px/1.55 system-ui,"Noto Sans KR",sans-serif;color:#1e2124;margin:0 auto;max-width:1180px;padding:24px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:40px 0 8px;border-top:1px solid #cdd1d5;padding-top:20px}h3{font-size:15px;margin:20px 0 4px}
table{border-collapse:collapse;margin:8px 0}td,th{padding:4px 14px 4px 0;text-align:left;border-bottom:1px solid #e6e8ea;vertical-align:top}
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}.yes{color:#267337;font-weight:600}.no{color:#bd2c0f;font-weight:600}.faint{color:#6d7882}
.pair{display:flex;flex-wrap:wrap;gap:8px 32px;align-items:flex-start}svg{max-width:100%;height:auto}p.lead{font-size:16px;margin:8px 0 16px}
details{margin:6px 0}summary{cursor:pointer;font-weight:600}details table{width:100%;font-size:13px}td.id{white-space:nowrap;color:#6d7882}td.asked{width:34%}.reply{max-height:9.5em;overflow:auto}
"""


@dataclass(frozen=True)
class Findings:
    """Everything that an evaluation found out."""

    outcomes: Mapping[str, Sequence[Outcome]]
    readings: Mapping[str, Mapping[str, Any]]  # last turn of an item → what the model reads in it, alone
    table: Sequence[Row]
    systems: Mapping[str, Mapping[str, Count]]
    at: datetime
    about: str  # which code and model, and how long it took


def write(findings: Findings, knowledge: Knowledge) -> str:
    """Return the report."""
    korean = plots.prepare()
    words = {program.id: program.short_name for program in knowledge.programs} if korean else {}
    parts = [_head(findings), _numbers(findings.table)]
    if len(findings.systems) > 1:
        parts.append(_compared(findings.systems))
    parts.append(_groups(findings.outcomes, knowledge, korean))
    if findings.readings:
        parts.append(_understanding(findings, knowledge, words))
    parts += [_lengths(findings), _wrong(findings, knowledge)]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Evaluation</title><style>{STYLE}</style><body>'
        + "\n".join(parts)
    )


def _head(findings: Findings) -> str:
    return (
        f"<h1>How well the bot understands</h1><div class=faint>{findings.at:%Y-%m-%d %H:%M} · {_safe(findings.about)}</div>"
        f"<p class=lead>{_safe(totals.line(findings.outcomes))}</p>"
    )


def _numbers(table: Sequence[Row]) -> str:
    lines = []
    for row in table:
        mark = "" if row.reached is None else "<span class=yes>✓</span>" if row.reached else "<span class=no>✗</span>"
        lines.append(
            f"<tr><td>{_safe(row.name)}<td class=n>{_safe(row.value)}<td class=n>{_safe(row.target)}<td>{mark}"
        )
    return f"<table><tr><th>number<th>measured<th>target<th>{''.join(lines)}</table>"


def _compared(systems: Mapping[str, Mapping[str, Count]]) -> str:
    names = [name for name in SETS if any(name in found for found in systems.values())]
    head = "".join(f"<th>{SETS[name]}" for name in names)
    lines = "".join(
        f"<tr><td>{_safe(system)}" + "".join(f"<td class=n>{found.get(name, '–')}" for name in names)
        for system, found in systems.items()
    )
    return (
        "<h2>Beside others, in the same run</h2>"
        f"{_picture(plots.beside(systems, SETS), 'beside')}<table><tr><th>system{head}{lines}</table>"
        "<p class=faint>Stock Rasa: the pipeline of <code>rasa init</code> with logistic regression in DIET's place, on the same sentences, with a "
        "model of its own for each of our three labels (flat intents would leave it six sentences a class) and with our answers, so that "
        "understanding alone differs. BM25: morphemes over the facts of the knowledge, the best passage and two more of its program; silent "
        "below a score that is set in its favour on these very questions.</p>"
    )


def _groups(outcomes: Mapping[str, Sequence[Outcome]], knowledge: Knowledge, korean: bool) -> str:
    parts = ["<h2>Right replies by group</h2><div class=pair>"]

    def group(title: str, found: Mapping[str, Count], target: float | None) -> None:
        parts.append(f"<div><h3>{title}</h3>{_picture(plots.bars(found, target), title)}</div>")

    if facts := outcomes.get("facts"):
        group("by register", totals.by(facts, "style"), 93)
        names = {str(program.number): program.short_name if korean else program.id for program in knowledge.programs}
        named = {
            f"{number}. {names.get(number, 'none')}": total for number, total in totals.by(facts, "program").items()
        }
        group("by program", named, 97)
        group("by topic", totals.by(facts, "topic"), 97)
    if acts := outcomes.get("acts"):
        group("by act", totals.by(acts, "act"), 97)
    if talks := outcomes.get("multi"):
        group("several turns, by kind", totals.by(talks, "kind"), 95)
    if beyond := outcomes.get("oos"):
        group("out of scope, by kind", totals.by(beyond, "kind"), 97)
    return "".join(parts) + "</div>"


def _understanding(findings: Findings, knowledge: Knowledge, words: Mapping[str, str]) -> str:
    ids = {program.number: program.id for program in knowledge.programs}
    asked = [result.item for result in findings.outcomes.get("facts", ()) if result.item["program"]]
    known = [(item, findings.readings[item["text"]]) for item in asked if item["text"] in findings.readings]
    programs = ([ids[item["program"]] for item, _ in known], [_program_read(reading) for _, reading in known])
    # Others' test sets have words of their own for some topics.
    topical = [(item, reading) for item, reading in known if item["topic"] in TOPICS]
    topics = ([item["topic"] for item, _ in topical], [_topic_read(reading) for _, reading in topical])
    intents = [("ask_program", reading) for _, reading in known] + [
        (result.item["act"], findings.readings[result.item["text"]])
        for result in findings.outcomes.get("acts", ())
        if result.item["text"] in findings.readings
    ]
    if not intents:
        return ""
    sure = {
        "intent": [_sure(reading, "intent", act) for act, reading in intents],
        "program": [_sure(reading, "program", ids[item["program"]]) for item, reading in known],
        "topic": [_sure(reading, "topic", item["topic"]) for item, reading in topical],
    }
    order = [program.id for program in knowledge.programs] + ["none"]
    acts = ([act for act, _ in intents], [str(reading["intent"]) for _, reading in intents])
    pictures = {"Act: meant and read": plots.confusion(*acts, sorted({*acts[0], *acts[1]}), {})}
    if known:
        pictures["Program: meant and decided"] = plots.confusion(*programs, order, words)
        pictures["Topic: meant and read"] = plots.confusion(*topics, TOPICS, {})
    drawn = "".join(f"<div><h3>{title}</h3>{_picture(markup, title)}</div>" for title, markup in pictures.items())
    return (
        "<h2>What the model reads</h2><h3>Calibration</h3>"
        f"{_picture(plots.calibration(sure), 'calibration')}"
        "<p class=faint>The classifiers' own confidence, before names and rules. A dot is a tenth of the scale, its size how many sentences are "
        "in it. A topic may be labelled otherwise and the answer still be right: facts answer more than one.</p>"
        f"<div class=pair>{drawn}</div>"
    )


def _program_read(reading: Mapping[str, Any]) -> str:
    programs = reading["facets"].get("programs") or []
    return str(programs[0]) if programs else "none"


def _topic_read(reading: Mapping[str, Any]) -> str:
    topics = reading["facets"].get("topics") or []
    return str(topics[0][0]) if topics else "same"


def _sure(reading: Mapping[str, Any], label: str, truth: str) -> tuple[float, bool]:
    ranking = reading["rankings"][label]
    return (ranking[0]["confidence"], ranking[0]["name"] == truth) if ranking else (0.0, False)


def _lengths(findings: Findings) -> str:
    parts = ["<h2>Length and time</h2><div class=pair>"]
    lengths = totals.topic_lengths(findings.outcomes)
    if lengths:
        marks = {"median": statistics.median(lengths), "95 %": totals.percentile(lengths, 0.95), "limit": 450.0}
        parts.append(
            f"<div><h3>Characters of topic answers</h3>{_picture(plots.histogram(lengths, 'characters', marks, 500), 'lengths')}</div>"
        )
    milliseconds = [reading["milliseconds"] for reading in findings.readings.values()]
    if milliseconds:
        marks = {"median": statistics.median(milliseconds), "95 %": totals.percentile(milliseconds, 0.95)}
        parts.append(
            f"<div><h3>Reading one sentence</h3>{_picture(plots.histogram(milliseconds, 'ms', marks, 60), 'times')}</div>"
        )
    waited = [
        second * 1000 for results in findings.outcomes.values() for result in results for second in result.seconds
    ]
    if waited:
        marks = {"median": statistics.median(waited), "95 %": totals.percentile(waited, 0.95)}
        longest = max(200.0, 1.5 * marks["95 %"])
        parts.append(
            f"<div><h3>One turn over the chat API</h3>{_picture(plots.histogram(waited, 'ms', marks, longest), 'turns')}</div>"
        )
    return "".join(parts) + "</div>"


def _wrong(findings: Findings, knowledge: Knowledge) -> str:
    numbers = {program.id: program.number for program in knowledge.programs}
    groups: dict[str, list[tuple[str, Outcome]]] = {}
    for name, results in findings.outcomes.items():
        for result in results:
            if not result.right:
                reading = findings.readings.get(sentences(result.item)[-1])
                groups.setdefault(causes.cause(name, result, reading), []).append((name, result))
    if not groups:
        return "<h2>Still wrong</h2><p>Nothing.</p>"
    ordered = sorted(groups.items(), key=lambda entry: -len(entry[1]))
    parts = [f"<h2>Still wrong: {sum(map(len, groups.values()))}, by cause</h2>"]
    for cause, wrong in ordered:
        lines = "".join(_wrong_line(name, result, findings, numbers) for name, result in wrong)
        parts.append(
            f"<details open><summary>{_safe(cause)}: {len(wrong)}</summary><table><tr><th>item<th>asked<th>meant → read<th>reply{lines}</table></details>"
        )
    return "".join(parts)


def _wrong_line(name: str, result: Outcome, findings: Findings, numbers: Mapping[str, int]) -> str:
    item, turns = result.item, sentences(result.item)
    asked = "<br>".join(_safe(turn) for turn in turns)
    meant = item.get("act") or item.get("kind") or (f"{item['program']} {item['topic']}" if "topic" in item else "")
    reading = findings.readings.get(turns[-1])
    read = ""
    if reading:
        programs = ", ".join(str(numbers.get(program, program)) for program in reading["facets"].get("programs") or [])
        read = f"<br>→ {reading['intent']} {programs} {_topic_read(reading)}"
    reply = result.error or result.reply
    short = _safe(reply[:LONGEST_REPLY]) + ("…" if len(reply) > LONGEST_REPLY else "")
    expected = " · ".join(
        [*item.get("expect_all", []), *(" or ".join(any_of) for any_of in item.get("expect_any", []))]
    )
    wanted = f"<div class=faint>expected: {_safe(expected)}</div>" if expected else ""
    form = f"<div class=faint>form: {_safe(result.form)}</div>" if result.form else ""
    wanted += f"<div class=no>{_safe(', '.join(result.wrong))}</div>" if result.wrong else ""
    return (
        f"<tr><td class=id>{_safe(str(item['id']))}<br>{name}<td class=asked>{asked}<td>{_safe(meant)}{read}"
        f"<td><div class=reply>{short.replace(chr(10), '<br>')}</div>{wanted}{form}<div class=faint>{result.characters} characters</div>"
    )


def _picture(markup: str, prefix: str) -> str:
    return plots.own_ids(markup, "".join(letter for letter in prefix if letter.isalpha()) + "-")


def _safe(text: str) -> str:
    return html.escape(text, quote=False)
