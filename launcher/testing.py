"""Runs every test: `python -m launcher.testing`. Each part says how it went; under CI=true a part that could not run has failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import SettingsError
from bot.settings import read_settings
from launcher.children import MODEL, environment_of
from launcher.environments import APP, ENGINE, ROOT, SetUpError, explain
from launcher.model import train_if_needed
from launcher.packages import install_missing


@dataclass(frozen=True)
class Part:
    """One call of a test runner."""

    name: str
    command: tuple[str, ...]
    quiet: bool = False  # says hundreds of lines about responses that only actions use: shown when it fails
    set_up: bool = False  # runs with the settings of this machine; tests of the application bring their own


NO_TESTS = 5  # pytest's word for "nothing here matches"


def parts() -> list[Part]:
    """Return the calls: the engine in its own environment, Rasa's look at data and stories, each folder of the application, the evaluation.

    A folder is a process of its own: Playwright keeps its event loop running in the thread that started it, and a second folder that
    drives Chromium, or runs a loop, in the same process fails.
    """
    found = [
        Part("engine", (str(ENGINE.python), "-m", "pytest", "-q", "tests/engine"), set_up=True),
        Part("data", (str(ENGINE.path / "bin" / "rasa"), "data", "validate", "--fail-on-warnings"), set_up=True),
    ]
    stories = ("--stories", "tests/dialogues", "--out", "var/rasa-test", "--fail-on-prediction-errors")
    command = (str(APP.python), "-m", "launcher.rasa", "test", "core", "--model", str(MODEL), *stories)
    found.append(Part("dialogues", command, quiet=True, set_up=True))
    tests = ROOT / "tests"
    folders = sorted({path.parent for path in tests.glob("*/test_*.py")} - {tests / "engine"})
    targets: dict[str, tuple[str, ...]] = {folder.name: (str(folder.relative_to(ROOT)),) for folder in folders}
    targets["top"] = tuple(str(path.relative_to(ROOT)) for path in sorted(tests.glob("test_*.py")))
    pytest = (str(APP.python), "-m", "pytest", "-q")
    for name, paths in targets.items():
        if paths:
            found.append(Part(name, (*pytest, "-n", "2", "--dist", "loadgroup", "-m", "not alone", *paths)))
    for name, paths in targets.items():
        if paths:
            found.append(Part(f"{name}, alone", (*pytest, "-m", "alone", *paths)))
    # Fails when a total is worse than the committed one.
    found.append(Part("evaluation", (str(APP.python), "-m", "evaluation", "--alone"), set_up=True))
    return found


def main() -> int:
    """Set up, run all parts, and print one line for each; print what is in the way as one sentence."""
    try:
        return _run_all()
    except (SetUpError, SettingsError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run_all() -> int:
    strict = os.environ.get("CI") == "true"
    missing = install_missing()
    log = ROOT / "var" / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = environment_of(read_settings())
    train_if_needed(environment, log)
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ULTARI_")}
    results = {part.name: _run(part, environment if part.set_up else bare) for part in parts()}
    print("\nmake test:")
    for name, (passed, seconds) in results.items():
        print(f"  {name:<24} {'passed' if passed else 'FAILED'} in {seconds:.0f} s")
    for package in missing:
        print(f"  {package:<12} not installed, its tests could not run{': FAILED' if strict else ''}")
    return 0 if all(passed for passed, _ in results.values()) and not (missing and strict) else 1


def _run(part: Part, environment: Mapping[str, str]) -> tuple[bool, float]:
    print(f"\n=== {part.name}: {' '.join(part.command[1:])}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        part.command,
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if part.quiet else None,
        stderr=subprocess.STDOUT if part.quiet else None,
        check=False,
    )
    if part.quiet and done.returncode != 0:
        print(done.stdout.decode(errors="replace")[-8000:], flush=True)
    return done.returncode in (0, NO_TESTS), time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
