"""Runs jobs of `evaluation.engine` in the engine environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from evaluation.items import ROOT
from launcher.environments import ENGINE

LOGS = ROOT / "var" / "evaluation"


class Failed(Exception):
    """A job failed; the message is one sentence that names the log."""


def run(job: str, *where: Path, given: Any) -> Any:
    """Return what a job makes of what it is given. Raises Failed."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [str(part) for part in (ENGINE.python, "-m", "evaluation.engine", job, *where, out)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=json.dumps(given), capture_output=True, text=True, check=False
        )
        if done.returncode != 0 or not out.exists():
            LOGS.mkdir(parents=True, exist_ok=True)
            log = LOGS / f"{job}.log"
            log.write_text(done.stdout + done.stderr, encoding="utf-8")
            raise Failed(f"The job '{job}' in the engine's environment failed: {log} says why.")
        return json.loads(out.read_text(encoding="utf-8"))
