"""The same items answered by stock Rasa and by keyword search, judged by the same rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot import knowledge
from bot.errors import TextRefused
from channels.cleaning import clean
from evaluation import beside_rasa, judging
from evaluation.items import Item, sentences
from evaluation.search import Search, passages
from evaluation.totals import Count

SETS = ("facts", "multi", "oos", "acts")  # a form has more to it than understanding

Counts = dict[str, Count]


def as_rasa_gets_it(text: str) -> str:
    """Return a text as the gateway hands it on: no typed command, no control characters; nothing where it refuses the text."""
    try:
        return clean(text).for_engine
    except TextRefused:
        return ""


def judged(name: str, items: Sequence[Item], replies: Sequence[dict[str, Any]]) -> Count:
    """Return how many replies are right."""
    return Count(sum(_right(name, item, reply) for item, reply in zip(items, replies, strict=True)), len(items))


def _right(name: str, item: Item, reply: dict[str, Any]) -> bool:
    if name == "facts":
        return judging.right_fact(item, reply)
    if name == "multi":
        return judging.right_in_talk(item, reply)
    return judging.right_out_of_scope(reply) if name == "oos" else judging.right_act(item["act"], reply)


def stock_rasa(items: Mapping[str, Sequence[Item]], folder: Path) -> Counts:
    """Return the totals of stock Rasa; the first run trains it, into the folder."""
    names = [name for name in SETS if name in items]
    talks = [[as_rasa_gets_it(turn) for turn in sentences(item)] for name in names for item in items[name]]
    replies = iter(beside_rasa.run("stock", folder, given=talks))
    return {name: judged(name, items[name], [next(replies) for _ in items[name]]) for name in names}


def keyword_search(items: Mapping[str, Sequence[Item]]) -> Counts:
    """Return the totals of BM25. Of a talk it searches all turns at once; it can do no acts but answer."""
    names = [name for name in ("facts", "multi", "oos") if name in items]
    search = Search(passages(knowledge.load_default()), lambda texts: beside_rasa.run("morphemes", given=list(texts)))
    words = iter(
        beside_rasa.run("morphemes", given=[" ".join(sentences(item)) for name in names for item in items[name]])
    )
    cut = {name: [next(words) for _ in items[name]] for name in names}
    search.tune(cut.get("facts", []))
    return {name: judged(name, items[name], [search.reply(each) for each in cut[name]]) for name in names}
