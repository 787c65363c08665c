"""`python -m evaluation.thresholds`: how many readings stay above a confidence, and how many of those are right.

The constants of `bot/engine/decision.py` were chosen from this table (docs/EXPERIMENTS.md): one too low answers for the wrong program,
one too high asks back what was clear.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bot import knowledge
from evaluation import beside_rasa, compared
from evaluation.items import load
from launcher.model import MODEL

STEPS = (0.2, 0.3, 0.45, 0.55, 0.65, 0.75, 0.8, 0.9, 0.95, 0.97)
Pairs = Sequence[tuple[float, bool]]


def pairs_of(readings: Mapping[str, Any]) -> dict[str, Pairs]:
    """Return for each label (confidence, whether it is right) of every test sentence that carries the label."""
    programs = {program.number: program.id for program in knowledge.load_default().programs}
    found: dict[str, list[tuple[float, bool]]] = {"intent": [], "program": [], "topic": []}
    for item in load("acts"):
        found["intent"].append(_pair(readings[item["text"]], "intent", item["act"]))
    for item in load("facts"):
        if item["program"]:
            found["program"].append(_pair(readings[item["text"]], "program", programs[item["program"]]))
            if item["topic"] in knowledge.TOPICS:
                found["topic"].append(_pair(readings[item["text"]], "topic", item["topic"]))
    return dict(found)


def _pair(reading: Mapping[str, Any], label: str, truth: str) -> tuple[float, bool]:
    ranking = reading["rankings"][label]
    return (ranking[0]["confidence"], ranking[0]["name"] == truth) if ranking else (0.0, False)


def table(pairs: Mapping[str, Pairs]) -> str:
    """Return the table: for each confidence and label the share of sentences above it, and the share of them that is right."""
    lines = [
        "| at least | " + " | ".join(f"{label}: kept · right" for label in pairs) + " |",
        "|---" * (len(pairs) + 1) + "|",
    ]
    for step in STEPS:
        cells = []
        for found in pairs.values():
            kept = [right for sure, right in found if sure >= step]
            cells.append(f"{len(kept) / len(found):.1%} · {sum(kept) / len(kept):.1%}" if kept else "–")
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Read every test sentence with the trained model and print the table."""
    texts = list(dict.fromkeys(item["text"] for name in ("acts", "facts") for item in load(name)))
    print(f"reading {len(texts)} sentences …", file=sys.stderr, flush=True)
    try:
        found = beside_rasa.run("read", MODEL, given=[compared.as_rasa_gets_it(text) for text in texts])
    except beside_rasa.Failed as error:
        print(error, file=sys.stderr)
        return 1
    print(table(pairs_of(dict(zip(texts, found["readings"], strict=True)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
