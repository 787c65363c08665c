"""From outcomes to numbers, the issue's targets beside them, and the comparison with the numbers that are committed."""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.items import ROOT
from evaluation.talks import Outcome

COMMITTED = ROOT / "tests" / "nlu" / "totals.json"
ABOUT_REPORTING = re.compile("신고|유출|수사|빼돌|빼가|빼내|훔|도용|침해|제보|고소|뺏|유용|넘어갔|베꼈")
# The system answers the same sentence the same way, so totals differ only through changes. A change that helps elsewhere may
# tip over a sentence that stood on the edge: half a point, and never less than one item, is let pass.
NOISE = 0.005

Outcomes = Mapping[str, Sequence[Outcome]]


@dataclass(frozen=True)
class Row:
    """One number of the report: how it reads, and whether it reaches its target (None: there is none)."""

    name: str
    value: str
    target: str = ""
    reached: bool | None = None


@dataclass(frozen=True)
class Count:
    """How many of how many."""

    good: int
    of: int

    @property
    def share(self) -> float:
        """Return the share in percent; of nothing, 100."""
        return 100 * self.good / self.of if self.of else 100.0

    def __str__(self) -> str:
        return f"{self.good}/{self.of} = {self.share:.1f} %"


def counts(outcomes: Outcomes) -> dict[str, Count]:
    """Return the totals: right replies of each set, and who was wrongly taken for what. More is better in each."""
    found = {name: right(results) for name, results in outcomes.items()}
    if "oos" in outcomes:
        found["oos without facts"] = count(outcomes["oos"], lambda result: not result.programs)
    told, asked = _told(outcomes), _asked(outcomes)
    if told:
        found["told incidents taken as reports"] = count(told, lambda result: result.form == "leak_report")
    if asked:
        found["questions about reporting not taken as reports"] = count(
            asked, lambda result: result.form != "leak_report"
        )
    return found


def kept(outcomes: Outcomes) -> dict[str, Count]:
    """Return the totals, and the right answers of each register: a total can rise while one way of asking goes down."""
    registers = by(outcomes.get("facts", ()), "style")
    return counts(outcomes) | {f"facts, {style}": total for style, total in registers.items()}


def right(results: Iterable[Outcome]) -> Count:
    """Return how many replies are right."""
    return count(results, lambda result: result.right)


def count(results: Iterable[Outcome], good: Callable[[Outcome], bool]) -> Count:
    """Return how many outcomes are good."""
    marks = [good(result) for result in results]
    return Count(sum(marks), len(marks))


def _told(outcomes: Outcomes) -> list[Outcome]:
    return [result for result in outcomes.get("acts", ()) if result.item["act"] == "report_leak"]


def _asked(outcomes: Outcomes) -> list[Outcome]:
    """Return the questions that use a word of reporting or leaking, from both sets that hold questions."""
    questions = [result for result in outcomes.get("acts", ()) if result.item["act"] == "ask_program"]
    questions += outcomes.get("facts", ())
    return [result for result in questions if ABOUT_REPORTING.search(result.item["text"])]


def by(results: Iterable[Outcome], key: str) -> dict[str, Count]:
    """Return the right replies for each value of a key of the items, in the order of the values."""
    total: Counter[Any] = Counter()
    good: Counter[Any] = Counter()
    for result in results:
        total[result.item[key]] += 1
        good[result.item[key]] += result.right
    return {str(value): Count(good[value], total[value]) for value in sorted(total)}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; of nothing, 0."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def topic_lengths(outcomes: Outcomes) -> list[int]:
    """Return the lengths of the answers on one topic of one program."""
    return [
        result.characters for result in outcomes.get("facts", ()) if result.item["topic"] not in ("overview", "list")
    ]


def rows(
    outcomes: Outcomes,
    readings: Sequence[Mapping[str, Any]],
    load_seconds: float | None,
    train_seconds: float | None,
) -> list[Row]:
    """Return the numbers that the issue asks for."""
    found = counts(outcomes)
    table: list[Row] = []

    def at_least(name: str, key: str, target: float | None) -> None:
        if key in found:
            reached = None if target is None else found[key].share >= target
            table.append(Row(name, str(found[key]), "" if target is None else f"≥ {target:g} %", reached))

    def at_most(name: str, value: float, unit: str, target: float) -> None:
        digits = 0 if unit == "" else 1
        table.append(Row(name, f"{value:.{digits}f} {unit}".strip(), f"≤ {target:g} {unit}".strip(), value <= target))

    at_least("right answers, whole reply", "facts", 97)
    if outcomes.get("facts"):
        worst = min(by(outcomes["facts"], "style").items(), key=lambda entry: entry[1].share)
        table.append(Row(f"the worst register ({worst[0]})", str(worst[1]), "≥ 93 %", worst[1].share >= 93))
    at_least("several turns", "multi", 95)
    at_least("out of scope, rightly answered", "oos", None)
    if "oos" in outcomes:
        with_facts = count(outcomes["oos"], lambda result: bool(result.programs))
        table.append(Row("out of scope answered with facts", str(with_facts), "≤ 3 %", with_facts.share <= 3))
    at_least("acts", "acts", None)
    at_least("told incidents taken as reports", "told incidents taken as reports", 98)
    if _asked(outcomes):
        taken = count(_asked(outcomes), lambda result: result.form == "leak_report")
        table.append(Row("questions about reporting taken as reports", str(taken), "≤ 2 %", taken.share <= 2))
    at_least("recommendations", "recommend", None)
    at_least("leak reports to the end", "leak", None)
    again = [result for results in outcomes.values() for result in results if result.asked_again]
    table.append(Row("asked again, because the engine was late", str(len(again))))
    lengths = topic_lengths(outcomes)
    if lengths:
        at_most("characters of a topic answer, median", statistics.median(lengths), "", 200)
        at_most("characters of a topic answer, 95 %", percentile(lengths, 0.95), "", 450)
    if readings:
        waited = [reading["milliseconds"] for reading in readings]
        worked = [reading["cpu_milliseconds"] for reading in readings]
        at_most("parse, median", statistics.median(waited), "ms", 8)
        at_most("parse, 95 %", percentile(waited, 0.95), "ms", 40)
        table.append(Row("parse without waiting for others, median · 95 %", _two(worked)))
    if train_seconds is not None:
        at_most("training", train_seconds, "s", 120)
    if load_seconds is not None:
        at_most("model load", load_seconds, "s", 10)
    return table


def _two(milliseconds: Sequence[float]) -> str:
    return f"{statistics.median(milliseconds):.1f} · {percentile(milliseconds, 0.95):.1f} ms"


def line(outcomes: Outcomes) -> str:
    """Return the totals in one line."""
    return " · ".join(f"{name} {total.share:.1f} %" for name, total in counts(outcomes).items())


def save(found: Mapping[str, Count], path: Path = COMMITTED) -> None:
    """Write the totals that later runs are compared with."""
    content = {name: {"good": total.good, "of": total.of} for name, total in found.items()}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def committed(path: Path = COMMITTED) -> dict[str, Count]:
    """Return the totals that are committed; none before the first `--save`."""
    if not path.exists():
        return {}
    return {
        name: Count(total["good"], total["of"]) for name, total in json.loads(path.read_text(encoding="utf-8")).items()
    }


def worse(found: Mapping[str, Count], before: Mapping[str, Count]) -> list[str]:
    """Return a sentence for each total that is lower than the committed one by more than noise."""
    problems = []
    for name, then in before.items():
        now = found.get(name)
        if now is None or not now.of:
            continue
        allowed = max(NOISE, 1 / now.of)
        # A hair for the arithmetic of floats: exactly the allowed loss is allowed.
        if now.good / now.of < then.good / then.of - allowed - 1e-9:
            problems.append(f"{name}: {now}, committed {then}; up to {100 * allowed:.1f} points less would pass")
    return problems
