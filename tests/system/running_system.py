"""The whole system as its own processes, and a client of its chat API. Also the bench uses both."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import psutil

from launcher.environments import ROOT

START_SECONDS = 420.0  # with a training, on a busy machine


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class System:
    """`python -m launcher.run` with ports and a var folder of its own."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.port, self.rasa_port, self.actions_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = ""
        self.started_in = 0.0
        given = {
            "ULTARI_VAR_DIR": str(var),
            "ULTARI_PORT": str(self.port),
            "ULTARI_RASA_URL": f"http://127.0.0.1:{self.rasa_port}",
            "ULTARI_ACTIONS_PORT": str(self.actions_port),
            "ULTARI_LIMITS": "off",
            "ULTARI_TELEGRAM_TOKEN": "",
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ULTARI_")}
        self.environment = {**clean, **given, **settings, "PYTHONUNBUFFERED": "1"}
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the launcher, and do not wait."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "launcher.run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the launcher and wait until it says that the system is ready."""
        started = time.monotonic()
        self.begin()
        while "Ready after" not in self.said():
            assert self.process is not None
            assert self.process.poll() is None, f"the launcher ended: {self.said()[-2000:]}"
            assert time.monotonic() - started < START_SECONDS, f"not ready: {self.said()[-2000:]}"
            time.sleep(0.1)
        self.started_in = time.monotonic() - started

    def said(self) -> str:
        """Return what the launcher has printed."""
        return (self.var / "output").read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Return the launcher and everything under it."""
        assert self.process is not None
        try:
            launcher = psutil.Process(self.process.pid)
            return [launcher, *launcher.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def part(self, name: str) -> psutil.Process:
        """Return the process of one part: rasa, actions, gateway or supervisor."""
        words = {
            "rasa": "bot.engine.server",
            "actions": "bot.actions",
            "gateway": "channels.gateway",
            "supervisor": "supervisor.supervisord",
        }
        found = [process for process in self.processes() if words[name] in _command(process)]
        assert len(found) == 1, f"{len(found)} processes of {name}"
        return found[0]

    def logs(self) -> str:
        """Return everything that the parts have logged."""
        files = sorted((self.var / "log").glob("*.log*"))
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)

    def stop(self) -> int | None:
        """End the launcher as Ctrl-C in a service would, and return its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(40)


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


class Chat:
    """One conversation of one visitor."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        opened = self.http.post("/api/conversations")
        opened.raise_for_status()
        self.id = opened.json()["id"]
        self.path = f"/api/conversations/{self.id}"
        self.http.headers["Authorization"] = f"Bearer {opened.json()['token']}"

    def post(self, **body: Any) -> httpx.Response:
        """Send one message with an id of its own."""
        return self.http.post(f"{self.path}/messages", json={"id": uuid.uuid4().hex, **body})

    def say(self, text: str) -> dict[str, Any]:
        """Say something, and return the turn."""
        response = self.post(text=text)
        response.raise_for_status()
        turn: dict[str, Any] = response.json()
        return turn

    def choose(self, turn: dict[str, Any], title: str) -> dict[str, Any]:
        """Click the button with this title, and return the turn."""
        offered = [button for message in turn["messages"] for button in message["buttons"]]
        choice = next(button["choice"] for button in offered if button["title"] == title)
        response = self.post(choice=choice)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def history(self) -> list[dict[str, Any]]:
        """Return the whole conversation."""
        response = self.http.get(f"{self.path}/messages", params={"after": 0})
        response.raise_for_status()
        messages: list[dict[str, Any]] = response.json()["messages"]
        return messages

    def close(self) -> None:
        """End the connection."""
        self.http.close()


def answers(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the bot said in a turn."""
    return [message for message in turn["messages"] if message["from"] != "user"]


def text_of(turn: dict[str, Any]) -> str:
    """Return the bot's words in a turn."""
    return "\n".join(message["text"] or "" for message in answers(turn))


def sources_of(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sources that the bot named in a turn."""
    return [source for message in answers(turn) for source in message["sources"]]
