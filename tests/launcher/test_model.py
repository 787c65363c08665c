"""The model is trained when something that it is made of has changed, and else left alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from launcher import model
from launcher.environments import ENGINE, ROOT, SetUpError

# What stands for Rasa's command line: it says what it was called with, and leaves a model behind.
RASA = """#!/bin/sh
echo "$@" >> {calls}
{more}
while [ "$1" != --out ]; do shift; done
mkdir -p "$2" && echo model > "$2/new.tar.gz"
"""

Train = Callable[[], bool]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of what the model is made of, to be changed."""
    root = tmp_path / "project"
    for folder in ("data", "knowledge", "bot/engine"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements").mkdir()
    for file in ("config.yml", "domain.yml", "requirements/rasa.txt"):
        shutil.copy(ROOT / file, root / file)
    rasa_says(tmp_path, "")
    monkeypatch.setattr(model, "ROOT", root)
    monkeypatch.setattr(model, "ENGINE", replace(ENGINE, folder=str(tmp_path)))
    monkeypatch.setattr(model, "MODEL", root / "models" / "current.tar.gz")
    monkeypatch.setattr(model, "STAMP", root / "models" / "current.json")
    return root


def rasa_says(folder: Path, more: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "rasa").write_text(RASA.format(calls=folder / "calls", more=more))
    (folder / "bin" / "rasa").chmod(0o755)


def trained(project: Path) -> bool:
    return model.train_if_needed(os.environ, project.parent / "train.log")


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_new_model_is_trained_once(project: Path) -> None:
    assert trained(project)
    assert (project / "models" / "current.tar.gz").read_text() == "model\n"
    assert not trained(project)
    assert len((project.parent / "calls").read_text().splitlines()) == 1
    stamp = json.loads((project / "models" / "current.json").read_text())
    assert stamp["fingerprint"] == model.fingerprint()
    assert not list((project / "models").glob("training-*"))


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("config.yml", "max_history: 4", "max_history: 5"),
        ("domain.yml", "text:", "text: "),
        ("requirements/rasa.txt", "rasa", "Rasa"),
        ("data/nlu/ask_leak.yml", "유출신고어디서하나요", "유출신고어디서하죠"),
        ("data/rules/questions.yml", "rule:", "rule:  "),
        ("bot/engine/classifier.py", "from", "from "),
        ("knowledge/programs/technology_escrow.yml", "aliases: [", "aliases: [기술 금고, "),
        ("knowledge/agencies.yml", "aliases: [", "aliases: [어느 부처, "),
    ],
)
def test_what_the_model_is_made_of_trains_it_anew(project: Path, file: str, before: str, after: str) -> None:
    trained(project)
    change(project / file, before, after)
    assert trained(project)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("knowledge/programs/technology_escrow.yml", "신규 30만원", "신규 31만원"),
        ("knowledge/words.yml", "[제외]", "[제외, 빼고]"),
        ("knowledge/leak_routing.yml", "when: always", "when:  always"),
        ("bot/engine/nlg.py", "from", "from "),
        ("bot/engine/questions.py", "from", "from "),
    ],
)
def test_what_is_only_read_while_it_runs_does_not(project: Path, file: str, before: str, after: str) -> None:
    trained(project)
    change(project / file, before, after)
    assert not trained(project)


def test_a_sentence_file_more_or_less_trains_it_anew(project: Path) -> None:
    trained(project)
    shutil.copy(project / "data" / "nlu" / "inform.yml", project / "data" / "nlu" / "more.yml")
    assert trained(project)
    (project / "data" / "nlu" / "more.yml").unlink()
    assert trained(project)


def test_a_missing_model_or_a_broken_stamp_trains_it_anew(project: Path) -> None:
    trained(project)
    (project / "models" / "current.tar.gz").unlink()
    assert trained(project)
    (project / "models" / "current.json").write_text("{")
    assert trained(project)


def test_a_training_that_fails_leaves_the_old_model_and_says_why(project: Path) -> None:
    trained(project)
    rasa_says(project.parent, "echo No such component.; exit 1")
    change(project / "config.yml", "max_history: 4", "max_history: 5")
    for _ in range(2):  # not taken for trained
        with pytest.raises(SetUpError, match="No such component.\nThe training failed: what it said is above and in "):
            trained(project)
    assert (project / "models" / "current.tar.gz").read_text() == "model\n"


def test_two_starts_at_once_train_once(project: Path) -> None:
    rasa_says(project.parent, "sleep 1")
    code = f"""
import os, sys
from dataclasses import replace
from pathlib import Path
from launcher import model
model.ROOT, model.ENGINE = Path({str(project)!r}), replace(model.ENGINE, folder={str(project.parent)!r})
model.MODEL, model.STAMP = model.ROOT / "models" / "current.tar.gz", model.ROOT / "models" / "current.json"
print("trained", model.train_if_needed(os.environ, Path(sys.argv[1])))
"""
    logs = [project.parent / f"{at}.log" for at in range(2)]
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(log)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for log in logs
    ]
    said = sorted(process.communicate(timeout=60)[0].splitlines()[-1] for process in started)
    assert said == ["trained False", "trained True"]
