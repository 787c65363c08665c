"""Turns what was not understood into proposed training sentences, in the form of data/nlu. Pure."""

import json
from collections.abc import Iterable

from bot.conversations.not_understood import Said

HEAD = """\
# PROPOSED, NOT REVIEWED: what people wrote and the bot did not understand, the most frequent first.
# A person goes through it before a line goes to data/nlu:
#   1. take out names of people and companies, and whatever else says who wrote it;
#   2. correct intent, program and topic: they are what the bot guessed (program none, topic other: it had no guess);
#   3. move the line into the file of its program or act, delete `review`, and see with `make evaluate` what it does.
# A line that stands in a test set is never taken over: `tests/nlu/test_apart.py` finds it.
version: "3.1"
nlu:
"""
NO_PROGRAM, NO_TOPIC = "none", "other"


def as_training_data(found: Iterable[Said]) -> str:
    """Return a file of examples, a block for each guess."""
    blocks: dict[tuple[str, str], list[str]] = {}
    for said in found:
        key = (said.guess.program or NO_PROGRAM, said.guess.topic or NO_TOPIC)
        blocks.setdefault(key, []).append(_as_example(said.text))
    return HEAD + ("".join(_as_block(*key, examples) for key, examples in blocks.items()) or "  []\n")


def _as_block(program: str, topic: str, examples: list[str]) -> str:
    # Ids come from the database: quoted as JSON, nothing in them can become YAML of its own.
    metadata = f"{{program: {json.dumps(program)}, topic: {json.dumps(topic)}, review: true}}"
    lines = "".join(f"    - {example}\n" for example in examples)
    return f"- intent: ask_program\n  metadata: {metadata}\n  examples: |\n{lines}"


def _as_example(text: str) -> str:
    """Return a text in which Rasa reads no entity: [word](label) and [word]{…} are its marks for one."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())
