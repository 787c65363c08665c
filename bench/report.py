"""The table that `make bench` prints."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

from bench.load import Measured

TARGETS = (
    "Targets: p95 with 8 users ≤ 150 ms, messages/s ≥ 3 × stock, training ≤ 120 s, ready ≤ 25 s, memory ≤ 1,500 MB."
)


@dataclass(frozen=True)
class Numbers:
    """What was measured of one system."""

    asked: tuple[Measured, ...]
    training: float | None
    training_note: str | None
    ready: float
    memory: dict[str, float]
    form: Measured | None = None  # turns of the recommendation form; the stock Rasa has none


def table(ours: Numbers, stock: Numbers) -> str:
    """Return the numbers of both systems and their ratios as Markdown."""
    rows = []
    for mine, theirs in zip(ours.asked, stock.asked, strict=True):
        users = f"{mine.users} user{'s' if mine.users > 1 else ''}"
        rows.append(_row(f"one question, {users}: median", mine.median, theirs.median, "ms"))
        rows.append(_row(f"one question, {users}: 95th percentile", mine.p95, theirs.p95, "ms"))
        rows.append(
            _row(f"messages per second, {users}", mine.per_second, theirs.per_second, "/s", more_is_better=True)
        )
    if ours.form:
        name = f"one turn of the recommendation form, {ours.form.users} users: 95th percentile"
        rows.append(_row(name, ours.form.p95, None, "ms"))
    rows.append(_row("training", ours.training, stock.training, "s"))
    rows.append(_row("start to ready", ours.ready, stock.ready, "s"))
    rows.append(_row("memory of all processes", sum(ours.memory.values()), sum(stock.memory.values()), "MB"))
    for name in {**ours.memory, **stock.memory}:
        rows.append(_row(f"— {name}", ours.memory.get(name), stock.memory.get(name), "MB"))
    gigabytes = psutil.virtual_memory().total / 2**30
    notes = [f"Measured on {os.cpu_count()} cores, {gigabytes:.0f} GB of memory, both systems up, asked in turns."]
    if stock.training_note:
        notes.append(f"Training of the stock Rasa: {stock.training_note}.")
    head = ["| | this system | stock Rasa | times better |", "|---|---:|---:|---:|"]
    return "\n".join([*head, *rows, "", *notes, TARGETS, ""])


def _row(name: str, mine: float | None, theirs: float | None, unit: str, *, more_is_better: bool = False) -> str:
    ratio = ""
    if mine and theirs:
        ratio = f"{mine / theirs if more_is_better else theirs / mine:.1f}"
    return f"| {name} | {_number(mine, unit)} | {_number(theirs, unit)} | {ratio} |"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
