"""`python -m bench`: this system and a stock Rasa side by side, asked in turns. Prints both and their ratios."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench.load import Measured, fill_in_form, measure, talk_to_stock, talk_to_us
from bench.report import Numbers, table
from bench.stock import Stock
from bench.system import System
from bot.settings import read_settings
from launcher.children import environment_of
from launcher.environments import ROOT, SetUpError
from launcher.model import train, train_if_needed

USERS = (1, 8, 32)
FOLDER = ROOT / "var" / "bench"
RESULTS = ROOT / "bench" / "results.md"


def main() -> int:
    """Measure, print, and write bench/results.md."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a third of the questions, our training not measured")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        report = table(*_measured(short=arguments.short))
    except (SetUpError, RuntimeError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\n{report}")
    if not arguments.short:
        RESULTS.write_text(report, encoding="utf-8")
    return 0


def _measured(*, short: bool) -> tuple[Numbers, Numbers]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as name:
        folder = Path(name)
        environment = environment_of(read_settings(var_dir=folder / "settings"))
        train_if_needed(environment, FOLDER / "train.log")
        trained = None if short else _training(environment, folder)
        # To the stock Rasa the machine is as fast as it is to us: no fewer threads, no settings of ours.
        bare = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        bare |= {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONWARNINGS": "ignore"}
        stock, us = Stock(FOLDER), System(folder / "var")
        stock_training = stock.train(bare)
        try:
            print("Starting both …", flush=True)
            us.start()  # once before the clock: a first start after an installation also writes Python's bytecode
            us.stop()
            us.start()
            stock_ready = stock.start(bare)
            pairs = [_asked(us, stock, users, short=short) for users in USERS]
            form = measure(fill_in_form, us.url, 8, 80 if short else 240, 60)
            return (
                Numbers(tuple(ours for ours, _ in pairs), trained, None, us.started_in, us.memory(), form),
                Numbers(
                    tuple(theirs for _, theirs in pairs),
                    stock_training.whole,
                    f"worked out: {stock_training.measured:.0f} s measured with few epochs",
                    stock_ready,
                    stock.memory(),
                ),
            )
        finally:
            us.stop()
            stock.stop()


def _training(environment: dict[str, str], folder: Path) -> float:
    """Return the seconds of our training, from nothing: without what Rasa kept of earlier ones."""
    fresh = environment | {"RASA_CACHE_DIRECTORY": str(folder / "cache")}
    return train(fresh, FOLDER / "train.log", folder / "model.tar.gz")


def _asked(us: System, stock: Stock, users: int, *, short: bool) -> tuple[Measured, Measured]:
    count = {1: 120, 8: 480, 32: 640}[users] // (3 if short else 1)
    found = []
    for name, new_talk, url in (("this system", talk_to_us, us.url), ("stock", talk_to_stock, stock.url)):
        measure(new_talk, url, users, users * 2, 20)  # warm
        found.append(measure(new_talk, url, users, count, 60))
        print(f"{users:>2} users, {name:<11}: {found[-1].median:6.0f} ms median", flush=True)
    return found[0], found[1]


if __name__ == "__main__":
    sys.exit(main())
