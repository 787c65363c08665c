"""The sentences and talks that the bot is tested on. They stand apart from the training data (tests/nlu/test_apart.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Item = dict[str, Any]

FILES = {
    "facts": ROOT / "tests" / "nlu" / "facts.jsonl",
    "multi": ROOT / "tests" / "nlu" / "multi.jsonl",
    "oos": ROOT / "tests" / "nlu" / "oos.jsonl",
    "acts": ROOT / "tests" / "nlu" / "nlu_intents.jsonl",
    "recommend": ROOT / "tests" / "recommendation" / "profiles.jsonl",
    "leak": ROOT / "tests" / "leak" / "dialogues.jsonl",
}


def load(name: str, limit: int | None = None) -> list[Item]:
    """Return the items of a set; with `limit` that many, spread evenly, so that a short look sees every kind."""
    lines = [line for line in FILES[name].read_text(encoding="utf-8").splitlines() if line.strip()]
    items = [json.loads(line) for line in lines]
    if limit is None or limit >= len(items):
        return items
    return [items[at * len(items) // limit] for at in range(limit)]


def sentences(item: Item) -> list[str]:
    """Return what the user writes in an item."""
    if "turns" in item:
        return list(item["turns"])
    return [item.get("text") or item["narrative"]]
