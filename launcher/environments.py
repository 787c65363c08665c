"""Makes the two Python environments from the locked requirement files: `python3 -m launcher.environments engine app [test]`.

Standard library only, and written for any Python from 3.8 on: this is the first thing that runs on a new machine.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
UV = HOME / "tools" / "bin" / "uv"
NEWEST_TRIED = 19  # minor version of the last Python 3 that is looked for


class SetUpError(Exception):
    """Something on this machine is in the way; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Environment:
    """One environment: where it is, which Pythons it takes, what it weighs, and the lock files that fill it."""

    folder: str
    lowest: tuple[int, int]
    highest: tuple[int, int]
    wanted: str
    gigabytes: float
    locks: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return the folder of the environment."""
        return HOME / self.folder

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.path / "bin" / "python"


ENGINE = Environment("rasa", (3, 10), (3, 10), "3.10", 4.0, ("rasa.txt",))
APP = Environment("app", (3, 12), (3, NEWEST_TRIED), "3.12", 0.6, ("app.txt",))
TEST = Environment("app", (3, 12), (3, NEWEST_TRIED), "3.12", 1.0, ("app.txt", "test.txt"))
NAMED = {"engine": ENGINE, "app": APP, "test": TEST}


def make(names: Sequence[str]) -> None:
    """Bring the named environments to what the lock files say. Does nothing where they are there already."""
    HOME.mkdir(exist_ok=True)
    with _one_at_a_time(HOME / ".lock"):
        for environment in (NAMED[name] for name in names):
            locks = _with_what_is_there(environment)
            if _stamp_of(environment) == _stamp(environment, locks):
                continue
            _check_space(environment)
            uv = _uv()
            if _version(environment.python) is None or not _fits(environment, _version(environment.python)):
                python = find_python(environment) or _python_from_uv(uv, environment)
                _say(f"Making .venv/{environment.folder} with Python {environment.wanted} …")
                _run([uv, "venv", "--quiet", "--clear", "--python", python, environment.path], "the environment")
            _say(
                f"Installing {' and '.join(locks)} into .venv/{environment.folder} (about {environment.gigabytes} GB) …"
            )
            command = [uv, "pip", "sync", "--require-hashes", "--python", environment.python]
            _run([*command, *(REQUIREMENTS / lock for lock in locks)], "the packages")
            _stamp_file(environment).write_text(json.dumps(_stamp(environment, locks), indent=1), encoding="utf-8")


def find_python(environment: Environment) -> Path | None:
    """Return a Python of this machine that fits: from PATH, from pyenv's folder or from uv's own."""
    found: dict[tuple[int, ...], Path] = {}
    for candidate in _candidates():
        version = _version(candidate)
        if version is not None and _fits(environment, version):
            found.setdefault(version, candidate)
    return found[min(found)] if found else None  # the lowest: the locks were made and tried with it


def _candidates() -> Iterator[Path]:
    names = [f"python3.{minor}" for minor in range(8, NEWEST_TRIED + 1)]
    for folder in os.get_exec_path():
        for name in [*names, "python3", "python"]:
            if (Path(folder) / name).is_file():
                yield Path(folder) / name
    home = Path.home()
    folders = [Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    folders.append(Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python"))
    for versions in folders:
        yield from sorted(versions.glob("*/bin/python3"))


def _version(python: Path) -> tuple[int, int] | None:
    """Return a Python's version by running it: a shim of pyenv is on PATH even where it only fails."""
    if not python.exists():
        return None
    try:
        done = subprocess.run([str(python), "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"Python (\d+)\.(\d+)\.\d+\s*$", done.stdout)
    return (int(match[1]), int(match[2])) if match and done.returncode == 0 else None


def _fits(environment: Environment, version: tuple[int, int] | None) -> bool:
    return version is not None and environment.lowest <= version <= environment.highest


def _python_from_uv(uv: Path, environment: Environment) -> str:
    _say(f"No Python {environment.wanted} found; uv installs one …")
    done = subprocess.run([str(uv), "python", "install", environment.wanted], check=False)
    if done.returncode != 0:
        raise SetUpError(
            f"No Python {environment.wanted} was found and uv could not download one: "
            f"install Python {environment.wanted} (for example with pyenv: `pyenv install {environment.wanted}`) "
            "and start again."
        )
    return environment.wanted


def _uv() -> Path:
    """Return uv, installed into .venv/tools at the locked version on first use."""
    lock = REQUIREMENTS / "tools.txt"
    stamp = HOME / "tools" / "stamp"
    digest = _digest(lock)
    if UV.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return UV
    _say("Installing uv into .venv/tools …")
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(HOME / "tools")], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SetUpError(
            "Python's venv module does not work here: install it (Debian and Ubuntu: `apt-get install python3-venv`) "
            "and start again."
        )
    pip = [HOME / "tools" / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
    _run(pip, "uv")
    stamp.write_text(digest, encoding="utf-8")
    return UV


def _run(command: Sequence[object], what: str) -> None:
    """Run a step that shows its own progress; its failure is one sentence after what it printed."""
    done = subprocess.run([str(part) for part in command], check=False)
    if done.returncode == 0:
        return
    if shutil.disk_usage(HOME).free < 100_000_000:
        raise SetUpError("The disk is full: make room (about 5 GB) and start again.")
    raise SetUpError(f"Could not install {what}: see the message above, check the network, and start again.")


def _check_space(environment: Environment) -> None:
    free = shutil.disk_usage(HOME).free / 1e9
    if free < environment.gigabytes and not environment.python.exists():
        raise SetUpError(
            f"The disk has {free:.1f} GB free and this installation needs {environment.gigabytes} GB: "
            "make room and start again."
        )


def _with_what_is_there(environment: Environment) -> list[str]:
    """Return the lock files to install: those asked for, and those of an earlier call, so that tests keep their tools."""
    return sorted({*environment.locks, *_stamp_of(environment).get("locks", {})})


def _stamp(environment: Environment, locks: Sequence[str]) -> dict[str, object]:
    version = _version(environment.python)
    return {
        "python": ".".join(map(str, version)) if version else "",
        "locks": {lock: _digest(REQUIREMENTS / lock) for lock in locks},
    }


def _stamp_of(environment: Environment) -> dict[str, dict[str, str]]:
    try:
        stamp: dict[str, dict[str, str]] = json.loads(_stamp_file(environment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def _stamp_file(environment: Environment) -> Path:
    return environment.path / "installed.json"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def explain(error: OSError) -> str:
    """Return one sentence on an error of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: make room (about 5 GB for a new installation) and start again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"No right to write {error.filename}: change its owner or permissions and start again."
    return f"{error.strerror or error}: {error.filename or ''}"


def main(names: Sequence[str]) -> int:
    """Make the environments; print what is in the way as one sentence."""
    if not names or not set(names) <= set(NAMED):
        print(f"usage: python3 -m launcher.environments {' | '.join(NAMED)} …", file=sys.stderr)
        return 2
    try:
        make(names)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
