"""Ends what an earlier start left running: `python -m launcher.stop`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from bot.settings import read_settings
from launcher.run import STOP_SECONDS


def main() -> int:
    """End the supervisor of this var folder, and with it every part."""
    folder = read_settings().var_dir.resolve() / "run"
    supervisor = running(folder)
    if supervisor is None:
        print("Nothing of this bot is running.")
        return 0
    os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + 7
    while running(folder) is not None:
        if time.monotonic() > deadline:
            print(f"Process {supervisor} does not end: `kill -9 {supervisor}` does it.", file=sys.stderr)
            return 1
        time.sleep(0.1)
    print("Stopped.")
    return 0


def running(folder: Path) -> int | None:
    """Return the process id of the supervisor that was started with the configuration in this folder."""
    try:
        process = int((folder / "supervisord.pid").read_text(encoding="ascii"))
        os.kill(process, 0)
        command = Path(f"/proc/{process}/cmdline")  # a process of somebody else may have the number by now
        if command.exists() and str(folder) not in command.read_text(encoding="utf-8"):
            return None
    except (OSError, ValueError):
        return None
    return process


if __name__ == "__main__":
    sys.exit(main())
