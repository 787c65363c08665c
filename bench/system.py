"""The whole system on ports and in a folder of its own, for tests and measurements."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from launcher.environments import ROOT

PARTS = {
    "rasa": "bot.engine.server",
    "actions": "bot.actions",
    "gateway": "channels.gateway",
    "supervisor": "supervisor.supervisord",
}
RESTART_SECONDS = 60
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
            "ULTARI_TRACKER_DB": str(var / "tracker.db"),
            # A .env beside the code is for the system in use: nothing of it may get into a trial.
            "ULTARI_DATABASE_URL": "",
            "ULTARI_REDIS_URL": "",
            "ULTARI_SMTP_HOST": "",
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
        """Return the process of one part (rasa, actions, gateway or supervisor), waiting while it is being started again."""
        deadline = time.monotonic() + RESTART_SECONDS
        while len(found := self._found(name)) != 1:
            assert time.monotonic() < deadline, f"{len(found)} processes of {name}"
            time.sleep(0.1)
        return found[0]

    def _found(self, name: str) -> list[psutil.Process]:
        return [process for process in self.processes() if PARTS[name] in _command(process)]

    def memory(self) -> dict[str, float]:
        """Return the memory of each process in MB."""
        launcher, *rest = self.processes()
        found = {"launcher": launcher.memory_info().rss / 1e6}
        for name, word in PARTS.items():
            found[name] = sum(process.memory_info().rss / 1e6 for process in rest if word in _command(process))
        return found

    def restarted(self, name: str, before: int, seconds: float) -> bool:
        """Wait until a part has another process than before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(process.pid != before for process in self._found(name)):
                return True
            time.sleep(0.1)
        return False

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
