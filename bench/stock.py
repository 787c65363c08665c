"""A stock Rasa in a temporary folder: the pipeline and policies of `rasa init`, our sentences, one custom action, the REST channel."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from bench.system import free_port
from launcher.environments import APP, ENGINE, ROOT
from launcher.model import show_progress

STOCK_EPOCHS = 100
# With all our sentences one epoch takes many seconds: the model that is measured answering gets a few (how long an answer takes does not
# depend on it), and the time of a whole training is worked out from the time of an epoch.
MEASURED_EPOCHS = 3
READY_SECONDS = 180.0

CONFIG: dict[str, Any] = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "ko",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": MEASURED_EPOCHS, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": STOCK_EPOCHS, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": STOCK_EPOCHS},
        {"name": "TEDPolicy", "max_history": 5, "epochs": STOCK_EPOCHS, "constrain_similarities": True},
    ],
}
ACTION = """from rasa_sdk import Action


class ActionAnswer(Action):
    def name(self):
        return "action_answer"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="기술자료 임치제도의 수수료는 1년에 신규 30만원, 갱신 15만원이에요.")
        return []
"""


@dataclass(frozen=True)
class Training:
    """How long the stock training takes: measured with few epochs, and worked out for all of them."""

    measured: float
    per_epoch: float

    @property
    def whole(self) -> float:
        """Return the seconds of a training with all epochs."""
        return self.measured + (STOCK_EPOCHS - MEASURED_EPOCHS) * self.per_epoch


class Stock:
    """The stock Rasa and its action server."""

    def __init__(self, folder: Path) -> None:
        self.files = _files()
        digest = hashlib.sha256(json.dumps([self.files, (ROOT / "requirements" / "rasa.txt").read_text()]).encode())
        self.folder = folder / f"stock-{digest.hexdigest()[:16]}"
        self.port, self.actions_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: list[subprocess.Popen[bytes]] = []

    def train(self, environment: Mapping[str, str]) -> Training:
        """Train once; later runs take the model and the times from the folder."""
        stamp = self.folder / "training.json"
        if stamp.exists():
            return Training(**json.loads(stamp.read_text()))
        for name, content in self.files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content, encoding="utf-8")
        log = self.folder / "train.log"
        command = [str(ENGINE.path / "bin" / "rasa"), "train", "--fixed-model-name", "stock"]
        started = time.monotonic()
        with log.open("wb") as output:
            process = self._start(command, environment, output.fileno())
            try:
                show_progress(process, log, started, "Training the stock model")
            except BaseException:
                _end(process)
                raise
        seconds = time.monotonic() - started
        text = log.read_text(encoding="utf-8", errors="replace")
        if process.returncode != 0:
            raise RuntimeError(f"the stock training failed: {log} says why")
        training = Training(round(seconds, 1), _per_epoch(text))
        stamp.write_text(json.dumps(training.__dict__))
        return training

    def start(self, environment: Mapping[str, str]) -> float:
        """Start Rasa and the action server; return the seconds until both answer."""
        started = time.monotonic()
        log = os.open(self.folder / "run.log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        rasa = [str(ENGINE.path / "bin" / "rasa"), "run", "--enable-api", "-i", "127.0.0.1", "-p", str(self.port)]
        actions = [str(APP.python), "-m", "rasa_sdk", "--actions", "actions", "--port", str(self.actions_port)]
        try:
            self.running = [self._start(command, environment, log) for command in (actions, rasa)]
        finally:
            os.close(log)
        with httpx.Client(trust_env=False, timeout=5) as http:
            while True:
                if time.monotonic() - started > READY_SECONDS or any(p.poll() is not None for p in self.running):
                    raise RuntimeError(f"the stock Rasa did not start: {self.folder / 'run.log'} says why")
                try:
                    ready = http.get(f"{self.url}/status").is_success
                    if ready and http.get(f"http://127.0.0.1:{self.actions_port}/health").is_success:
                        return time.monotonic() - started
                except httpx.HTTPError:
                    pass
                time.sleep(0.1)

    def memory(self) -> dict[str, float]:
        """Return the memory of each process in MB."""
        named = zip(("actions", "rasa"), self.running, strict=True)
        return {name: psutil.Process(process.pid).memory_info().rss / 1e6 for name, process in named}

    def stop(self) -> None:
        """End both."""
        for process in self.running:
            _end(process)

    def _start(self, command: list[str], environment: Mapping[str, str], output: int) -> subprocess.Popen[bytes]:
        given = {**environment, "ACTIONS_PORT": str(self.actions_port), "PYTHONPATH": str(self.folder)}
        return subprocess.Popen(
            command, cwd=self.folder, env=given, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _files() -> dict[str, str]:
    """Return the files of the stock project: our sentences without their metadata; every message is answered by the custom action."""
    blocks = [block for path in sorted((ROOT / "data" / "nlu").glob("*.yml")) for block in _blocks(path)]
    intents = list(dict.fromkeys(str(block["intent"]) for block in blocks))
    answered = [*intents, "nlu_fallback"]
    rules = [
        {"rule": f"answer {intent}", "steps": [{"intent": intent}, {"action": "action_answer"}]} for intent in answered
    ]
    # Three short stories, as many as `rasa init` writes.
    stories = [
        {
            "story": f"{first} and {second}",
            "steps": [{"intent": first}, {"action": "action_answer"}, {"intent": second}, {"action": "action_answer"}],
        }
        for first, second in zip(intents[:6:2], intents[1:6:2], strict=True)
    ]
    domain = {"intents": intents, "actions": ["action_answer"], "session_config": {"session_expiration_time": 60}}
    return {
        "config.yml": _yaml(CONFIG),
        "domain.yml": _yaml({"version": "3.1", **domain}),
        "credentials.yml": _yaml({"rest": None}),
        "endpoints.yml": _yaml({"action_endpoint": {"url": "http://127.0.0.1:${ACTIONS_PORT}/webhook"}}),
        "data/nlu.yml": _yaml({"version": "3.1", "nlu": blocks}),
        "data/rules.yml": _yaml({"version": "3.1", "rules": rules}),
        "data/stories.yml": _yaml({"version": "3.1", "stories": stories}),
        "actions/__init__.py": "",
        "actions/answer.py": ACTION,
    }


def _blocks(path: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [{"intent": block["intent"], "examples": block["examples"]} for block in content["nlu"]]


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _per_epoch(log: str) -> float:
    """Return the seconds of one epoch of the classifier, from the progress bar that Keras leaves in the log."""
    found = re.findall(rf"{MEASURED_EPOCHS}/{MEASURED_EPOCHS} \[.*?([\d.]+)(s/it|it/s)", log)
    if not found:
        raise RuntimeError("the log of the stock training shows no epochs")
    value, unit = max(found, key=lambda entry: float(entry[0]) if entry[1] == "s/it" else 0)
    return float(value) if unit == "s/it" else 1 / float(value)
