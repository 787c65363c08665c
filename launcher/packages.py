"""System packages that tests need. Installed where that can be done without asking: as root, with apt-get."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path


def _has_font() -> bool:
    listing = (
        subprocess.run(["fc-list", ":lang=ko"], capture_output=True, check=False) if shutil.which("fc-list") else None
    )
    return bool(listing and listing.stdout.strip())


def _has_postgresql() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


NEEDED: dict[str, Callable[[], bool]] = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-noto-cjk": _has_font,
    "nginx": lambda: Path("/usr/sbin/nginx").exists(),  # only root has this folder on PATH
    "postgresql": _has_postgresql,
    "redis-server": lambda: shutil.which("redis-server") is not None,
}


def install_missing() -> list[str]:
    """Install what is missing where this may be done; return what is missing still."""
    missing = [package for package, present in NEEDED.items() if not present()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} from Debian's packages …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *missing]):
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                print("\n".join((done.stdout + done.stderr).splitlines()[-5:]), flush=True)
    return [package for package in missing if not NEEDED[package]()]
