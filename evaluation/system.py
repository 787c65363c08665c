"""Starts the whole system for an evaluation: own ports, own folder, no limits on how fast one may ask."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from evaluation.items import ROOT
from launcher.environments import APP

READY_SECONDS = 900.0  # a training may come first
STOP_SECONDS = 30.0


class NotReady(Exception):
    """The system did not start; the message is one sentence."""


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at this moment."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextlib.contextmanager
def running(var: Path, *, keep_model: bool) -> Iterator[str]:
    """Run the system, trained if need be, and give the address of its gateway."""
    gateway, rasa, actions = free_ports(3)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ULTARI_")} | {
        "ULTARI_HOST": "127.0.0.1",
        "ULTARI_PORT": str(gateway),
        "ULTARI_RASA_URL": f"http://127.0.0.1:{rasa}",
        "ULTARI_ACTIONS_PORT": str(actions),
        "ULTARI_VAR_DIR": str(var),
        "ULTARI_TRACKER_DB": str(var / "tracker.db"),
        "ULTARI_DATABASE_URL": f"sqlite:///{(var / 'ultari.db').as_posix()}",
        "ULTARI_LIMITS": "off",
        # A .env beside the code is for the system in use: no chat and no mail may leave an evaluation.
        "ULTARI_TELEGRAM_TOKEN": "",
        "ULTARI_SMTP_HOST": "",
        "ULTARI_REDIS_URL": "",
    }
    command = [str(APP.python), "-m", "launcher.run", *(["--keep-model"] if keep_model else [])]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    base = f"http://127.0.0.1:{gateway}"
    try:
        _wait(base, actions, process)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(base: str, actions: int, process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    with httpx.Client(timeout=5, trust_env=False) as http:
        while time.monotonic() - started < READY_SECONDS:
            if process.poll() is not None:
                raise NotReady("The system did not start: what it said is above.")
            with contextlib.suppress(httpx.HTTPError):
                if http.get(f"{base}/readyz").status_code == 200:
                    http.get(f"http://127.0.0.1:{actions}/health")
                    return
            time.sleep(0.3)
    raise NotReady(f"The system was not ready after {READY_SECONDS:.0f} s.")
