"""The processes of the system, and the environment that they get."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.settings import Settings
from launcher.environments import APP, ENGINE, ROOT

MODEL = ROOT / "models" / "current.tar.gz"


@dataclass(frozen=True)
class Process:
    """One part of the system as the supervisor starts it."""

    name: str
    command: tuple[str, ...]
    what: str
    setting: str = ""  # the variable that moves its port
    host: str = "127.0.0.1"
    port: int = 0


def processes(settings: Settings) -> list[Process]:
    """Return what has to run."""
    engine = urlsplit(settings.rasa_url)
    host, port = engine.hostname or "127.0.0.1", engine.port or 5005
    rasa = (str(ENGINE.python), "-m", "bot.engine.server", host, str(port), str(MODEL))
    python = str(APP.python)
    found = [
        Process("rasa", rasa, "Rasa", "ULTARI_RASA_URL", host, port),
        Process(
            "actions", (python, "-m", "bot.actions"), "the action server",
            "ULTARI_ACTIONS_PORT", "127.0.0.1", settings.actions_port,
        ),
        Process(
            "gateway", (python, "-m", "channels.gateway"), "the gateway", "ULTARI_PORT", settings.host, settings.port
        ),
    ]  # fmt: skip
    if settings.telegram_token.get_secret_value():
        hears = settings.telegram_port if settings.telegram_webhook_url else 0
        telegram = (python, "-m", "channels.telegram")
        found.append(Process("telegram", telegram, "Telegram", "ULTARI_TELEGRAM_PORT", settings.telegram_host, hears))
    return found


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of the children: ours, .env, the secrets between them, and few threads."""
    here = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    var = settings.var_dir.resolve()
    made = {
        "ULTARI_VAR_DIR": str(var),
        "ULTARI_RASA_URL": settings.rasa_url,
        "ULTARI_ENGINE_SECRET": _secret(settings.engine_secret.get_secret_value(), var / "keys" / "engine.secret"),
        "ULTARI_ACTIONS_PORT": str(settings.actions_port),
        "ULTARI_ACTIONS_TOKEN": _secret(settings.actions_token.get_secret_value(), var / "keys" / "actions.secret"),
        "ULTARI_TRACKER_DB": str(settings.tracker_path.resolve()),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Messages are short: more threads only get into each other's way, and each takes memory of its own.
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }
    return {**here, **given, **made}


def _secret(given: str, path: Path) -> str:
    """Return the secret that was set, else one that is made once and kept where only we can read it."""
    if given:
        return given
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()
