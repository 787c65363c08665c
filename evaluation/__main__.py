"""`python -m evaluation`: asks the whole system everything in the test sets and says how much it got right."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bot import knowledge
from evaluation import beside_rasa, compared, report, system, totals
from evaluation.chat import connect
from evaluation.items import FILES, ROOT, Item, load, sentences
from evaluation.progress import Progress
from evaluation.talks import Outcome, ask
from launcher.environments import SetUpError
from launcher.model import MODEL, STAMP

FOLDER = ROOT / "var" / "evaluation"


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument("--base", help="address of a system that runs already; without it, one is started")
    parser.add_argument("--only", default=",".join(FILES), help=f"which sets, of {', '.join(FILES)}")
    parser.add_argument("--limit", type=int, help="only so many items of each set, for a short look")
    parser.add_argument("--jobs", type=int, default=3, help="how many talks at the same time")
    parser.add_argument("--keep-model", action="store_true", help="do not train, even if the data has changed")
    parser.add_argument("--alone", action="store_true", help="without stock Rasa and BM25 beside it")
    parser.add_argument(
        "--save", action="store_true", help="write the totals to tests/nlu/totals.json, to be committed"
    )
    found = parser.parse_args(given)
    found.only = found.only.split(",")
    if unknown := [name for name in found.only if name not in FILES]:
        parser.error(f"no set named {', '.join(unknown)}: choose from {', '.join(FILES)}")
    if found.save and (found.limit or set(found.only) != set(FILES)):
        parser.error("--save needs all items of all sets")
    return found


def ask_all(items: Mapping[str, Sequence[Item]], base: str, jobs: int) -> dict[str, list[Outcome]]:
    """Return what came of every item, with a line of progress for each set."""
    outcomes: dict[str, list[Outcome]] = {}
    with connect(base) as http, ThreadPoolExecutor(jobs) as threads:
        for name, asked in items.items():
            progress = Progress(name, len(asked))
            outcomes[name] = list(
                threads.map(lambda item, name=name, progress=progress: _ask(name, item, http, progress), asked)
            )
    return outcomes


def _ask(name: str, item: Item, http: httpx.Client, progress: Progress) -> Outcome:
    outcome = ask(name, item, http)
    progress.count(outcome.right)
    return outcome


@contextlib.contextmanager
def system_under_test(wanted: argparse.Namespace) -> Iterator[str]:
    """Give the address of the system: the one that was named, or one that runs as long as it is needed."""
    if wanted.base:
        yield wanted.base
        return
    with (
        tempfile.TemporaryDirectory(prefix="evaluation-") as folder,
        system.running(Path(folder), keep_model=wanted.keep_model) as base,
    ):
        yield base


def read_all(items: Mapping[str, Sequence[Item]]) -> tuple[dict[str, Any], float | None]:
    """Return what the model reads in the last turn of every item, and how long it took to load."""
    texts = list(dict.fromkeys(sentences(item)[-1] for name in compared.SETS if name in items for item in items[name]))
    if not texts:
        return {}, None
    print(f"reading {len(texts)} sentences with the model alone …", flush=True)
    found = beside_rasa.run("read", MODEL, given=[compared.as_rasa_gets_it(text) for text in texts])
    return dict(zip(texts, found["readings"], strict=True)), found["load_seconds"]


def others(items: Mapping[str, Sequence[Item]]) -> dict[str, Mapping[str, totals.Count]]:
    """Return what stock Rasa and keyword search get right."""
    print("asking BM25 …", flush=True)
    search = compared.keyword_search(items)
    print("asking stock Rasa (the first time it is trained, which takes minutes) …", flush=True)
    return {"stock Rasa": compared.stock_rasa(items, FOLDER / "stock"), "BM25": search}


def show(table: Sequence[totals.Row]) -> None:
    """Print the numbers beside their targets."""
    for row in table:
        mark = "" if row.reached is None else "✓" if row.reached else "✗"
        print(f"  {row.name:<46} {row.value:<18} {row.target:<10} {mark}")


def main(given: Sequence[str]) -> int:
    """Evaluate; returns 1 when a total is worse than the committed one. Prints what is in the way as one sentence."""
    wanted = arguments(given)
    try:
        return evaluate(wanted)
    except (system.NotReady, beside_rasa.Failed, SetUpError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def evaluate(wanted: argparse.Namespace) -> int:
    """Ask, judge, write the report, and compare; returns 1 when a total is worse than the committed one."""
    started = time.monotonic()
    items = {name: load(name, wanted.limit) for name in FILES if name in wanted.only}
    with system_under_test(wanted) as base:
        outcomes = ask_all(items, base, wanted.jobs)
    readings, load_seconds = read_all(items)
    stamp = json.loads(STAMP.read_text(encoding="utf-8")) if STAMP.exists() else {}
    table = totals.rows(outcomes, list(readings.values()), load_seconds, stamp.get("seconds"))
    found = totals.kept(outcomes)
    systems: dict[str, Mapping[str, totals.Count]] = {
        "this bot": {name: found[name] for name in items if name in compared.SETS}
    }
    if not wanted.alone and systems["this bot"]:
        systems |= others(items)
    about = f"{sum(map(len, items.values()))} items, {time.monotonic() - started:.0f} s"
    findings = report.Findings(outcomes, readings, table, systems, datetime.now().astimezone(), about)
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {name: [asdict(result) for result in results] for name, results in outcomes.items()}
    (FOLDER / "outcomes.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    (FOLDER / "report.html").write_text(report.write(findings, knowledge.load_default()), encoding="utf-8")
    print(f"\n{totals.line(outcomes)}\n")
    show(table)
    for name, others_found in list(systems.items())[1:]:
        print(f"  {name}: " + " · ".join(f"{key} {total.share:.1f} %" for key, total in others_found.items()))
    print(f"\nReport: {FOLDER / 'report.html'} (each item with its reply: outcomes.json)")
    if wanted.save:
        totals.save(found)
        print(f"Saved: {totals.COMMITTED}")
        return 0
    problems = [] if wanted.limit else totals.worse(found, totals.committed())
    for problem in problems:
        print(f"WORSE {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
