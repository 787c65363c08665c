"""`make test` leaves nothing out unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import packages, testing
from launcher.environments import ROOT
from launcher.testing import Part


@pytest.fixture
def one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be one part, which passes, and nothing to train."""
    monkeypatch.setattr(testing, "parts", lambda: [Part("one", (sys.executable, "-c", ""))])
    monkeypatch.setattr(testing, "train_if_needed", lambda environment, log: False)


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing be on PATH: no Chromium, and no apt-get to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("one_part", "bare_machine")
@pytest.mark.parametrize(("ci", "code", "word"), [("true", 1, ": FAILED"), ("", 0, "")])
def test_a_missing_package_fails_only_under_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, code: int, word: str
) -> None:
    monkeypatch.setenv("CI", ci)
    assert testing.main() == code
    said = capsys.readouterr().out
    assert f"  chromium     not installed, its tests could not run{word}\n" in said
    assert "  one                      passed in " in said


@pytest.mark.usefixtures("one_part")
def test_a_part_that_fails_fails_it_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(testing, "install_missing", list)
    failing = [
        Part(str(code), (sys.executable, "-c", f"raise SystemExit({code})")) for code in (0, 1, testing.NO_TESTS)
    ]
    monkeypatch.setattr(testing, "parts", lambda: failing)
    assert testing.main() == 1
    marks = [line.split()[1] for line in capsys.readouterr().out.split("make test:\n")[1].splitlines()]
    assert marks == ["passed", "FAILED", "passed"]


def test_every_test_file_is_run_by_a_part() -> None:
    given = [word for part in testing.parts() for word in part.command]
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = path.relative_to(ROOT)
        assert {str(name), str(name.parent)} & set(given), f"{name} is in no part"


def test_the_evaluation_comes_last_with_the_settings_of_this_machine() -> None:
    last = testing.parts()[-1]
    assert last.command[-3:] == ("-m", "evaluation", "--alone")
    assert last.set_up


def test_a_bad_setting_is_one_sentence() -> None:
    environment = {**os.environ, "ULTARI_PORT": "many", "PATH": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "launcher.testing"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "ULTARI_PORT: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("one_part", "bare_machine")
def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(environment: object, log: Path) -> bool:
        raise OSError(28, "No space left on device", str(log))

    monkeypatch.setattr(testing, "train_if_needed", full)
    assert testing.main() == 1
    assert capsys.readouterr().err.startswith("\nThe disk is full: make room")


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "NEEDED", {"python": lambda: True})
    assert packages.install_missing() == []
