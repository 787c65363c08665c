"""Trains the model when something that it is made of has changed, and leaves it alone otherwise: `python -m launcher.model`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from bot.errors import SettingsError
from bot.settings import read_settings
from launcher.children import MODEL, environment_of
from launcher.environments import ENGINE, ROOT, SetUpError, explain

STAMP = MODEL.with_name("current.json")

# Parts of bot/engine that run beside the model and leave nothing in it.
BESIDE_THE_MODEL = {"channel.py", "nlg.py", "questions.py", "server.py", "tracker_store.py"}
# What the linker reads of a program or an agency. A fact may change without a new training.
NAMING = ("id", "number", "name", "name_in_table", "short_name", "aliases", "clues")


def train_if_needed(environment: Mapping[str, str], log: Path) -> bool:
    """Make models/current.tar.gz fit what is in the repository. Returns whether it had to be trained."""
    MODEL.parent.mkdir(exist_ok=True)
    with (MODEL.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once train once
        wanted = fingerprint()
        if MODEL.exists() and _stamp().get("fingerprint") == wanted:
            return False
        seconds = train(environment, log, MODEL)
        STAMP.write_text(json.dumps({"fingerprint": wanted, "seconds": round(seconds, 1)}) + "\n", encoding="utf-8")
        return True


def fingerprint() -> str:
    """Return a hash of everything that the model is made of."""
    digest = hashlib.sha256()
    for name, content in _ingredients():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _ingredients() -> Iterator[tuple[str, bytes]]:
    paths = [ROOT / "config.yml", ROOT / "domain.yml", ROOT / "requirements" / "rasa.txt"]
    paths += (ROOT / "data").rglob("*.yml")
    paths += (path for path in (ROOT / "bot" / "engine").glob("*.py") if path.name not in BESIDE_THE_MODEL)
    for path in sorted(paths):
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    for path in sorted([*(ROOT / "knowledge" / "programs").glob("*.yml"), ROOT / "knowledge" / "agencies.yml"]):
        yield path.relative_to(ROOT).as_posix(), json.dumps(_names(path), ensure_ascii=False, sort_keys=True).encode()


def _names(path: Path) -> object:
    content = yaml.safe_load(path.read_bytes())

    def naming(entry: object) -> object:
        if not isinstance(entry, dict):
            return None
        kept = {key: entry[key] for key in NAMING if key in entry}
        nested = {key: naming(value) for key, value in entry.items() if isinstance(value, dict)}
        return {**kept, **{key: value for key, value in nested.items() if value}}

    return naming(content)


def _stamp() -> dict[str, object]:
    try:
        stamp: dict[str, object] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def train(environment: Mapping[str, str], log: Path, target: Path) -> float:
    """Run `rasa train` with its output in the log and one line of progress, and put the model in its place. Returns the seconds."""
    folder = target.parent / f"training-{os.getpid()}"
    command = [ENGINE.path / "bin" / "rasa", "train", "--skip-validation", "--domain", "domain.yml", "--data", "data"]
    command += ["--config", "config.yml", "--out", folder, "--fixed-model-name", "new"]
    started = time.monotonic()
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                show_progress(process, log, started, "Training the model")
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
        if process.returncode != 0 or not (folder / "new.tar.gz").exists():
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise SetUpError("\n".join([*tail, f"The training failed: what it said is above and in {log}."]))
        os.replace(folder / "new.tar.gz", target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return time.monotonic() - started


def show_progress(process: subprocess.Popen[bytes], log: Path, started: float, what: str) -> None:
    """Say where a training is: on a terminal in one line that counts, elsewhere every ten seconds."""
    terminal = sys.stdout.isatty()
    shown = -10.0
    while process.poll() is None:
        elapsed = time.monotonic() - started
        if terminal or elapsed - shown >= 10:
            line = f"{what}: {_step(log):<40} {elapsed:4.0f} s"
            print(f"\r{line}" if terminal else line, end="" if terminal else "\n", flush=True)
            shown = elapsed
        time.sleep(0.5)
    elapsed = time.monotonic() - started
    print(("\r" if terminal else "") + f"{what}: {'done':<40} {elapsed:4.0f} s", flush=True)


def _step(log: Path) -> str:
    found = re.findall(r"Starting to train component '(\w+)'", log.read_text(encoding="utf-8", errors="replace"))
    return found[-1] if found else "reading the data"


def main() -> int:
    """Train if needed; print what is in the way as one sentence."""
    try:
        settings = read_settings()
        log = settings.var_dir.resolve() / "log" / "train.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        trained = train_if_needed(environment_of(settings), log)
    except (SetUpError, SettingsError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not trained:
        print("The model is as new as what it is made of.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
