"""Starts the whole system and keeps it running: `python -m launcher.run [--keep-model]`."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from sqlalchemy import select

from bot.conversations.database import make_engine
from bot.errors import SettingsError
from bot.settings import Settings, read_settings
from desk.model import Staff
from launcher.children import Process, environment_of, processes
from launcher.environments import APP, ROOT, SetUpError, explain
from launcher.model import MODEL, train_if_needed

READY_SECONDS = 120.0  # a slow disk on the first start; usually it is a tenth of this
LOOK_SECONDS = 0.5
STOP_SECONDS = 8  # then a child that hangs is killed
LEAST_FREE = 300_000_000
FIRST_ACCOUNT = (
    "\nNobody can sign in at the desk (/desk) yet. Make the first account:\n"
    "  {python} -m desk.staff create NAME --display-name NAME --role administrator"
)


def check_ports(wanted: list[Process]) -> None:
    """Raise SetUpError when a port is taken, by us or by somebody else."""
    for process in wanted:
        if not process.port:
            continue
        with socket.socket(socket.AF_INET6 if ":" in process.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((process.host, process.port))
            except OSError as error:
                raise SetUpError(
                    f"Port {process.port}, which {process.what} needs, is not free ({error.strerror}): end what uses it "
                    f"(`make stop` ends an earlier start of this bot), or choose another with {process.setting}=…."
                ) from None


def _configuration(wanted: list[Process], var: Path) -> str:
    """Return supervisord's configuration. It has no control socket: nobody needs one, and nobody can abuse it."""
    tied = shutil.which("setpriv")  # a child must not outlive a supervisor that was killed
    prefix = [tied, "--pdeathsig", "KILL", "--"] if tied else []
    twice = str(var).replace("%", "%%")  # of this line supervisord takes the escapes out twice
    parts = [
        f"[supervisord]\nnodaemon=true\nsilent=true\npidfile={var}/run/supervisord.pid\nlogfile={var}/log/supervisor.log\n"
        f"logfile_maxbytes=5MB\nlogfile_backups=2\nloglevel=info\nchildlogdir={var}/log\nminfds=256\n"
    ]
    parts += [
        f"[program:{process.name}]\ncommand={shlex.join([*prefix, *process.command])}\ndirectory={ROOT}\n"
        f"autorestart=true\nstartsecs=1\nstartretries=20\nstopasgroup=true\nkillasgroup=true\n"
        f"stopwaitsecs={STOP_SECONDS}\nredirect_stderr=true\nstdout_logfile={twice}/log/{process.name}.log\n"
        f"stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=3\n"
        for process in wanted
    ]
    return "\n".join(part.replace("%", "%%") for part in parts)


def start(settings: Settings, wanted: list[Process], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the supervisor with all parts, and return it."""
    var = settings.var_dir.resolve()
    (var / "run").mkdir(parents=True, exist_ok=True)
    configuration = var / "run" / "supervisord.conf"
    configuration.write_text(_configuration(wanted, var), encoding="utf-8")
    tied = shutil.which("setpriv")
    prefix = [tied, "--pdeathsig", "TERM", "--"] if tied else []
    command = [*prefix, str(APP.python), "-m", "supervisor.supervisord", "-c", str(configuration)]
    # A group of its own: Ctrl-C reaches the launcher alone, which then ends the supervisor in order.
    return subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, process_group=0)


def wait_until_ready(settings: Settings, supervisor: subprocess.Popen[bytes]) -> float:
    """Wait for /readyz and the action server. Returns the seconds it took; raises SetUpError when it takes too long."""
    started = time.monotonic()
    log = settings.var_dir.resolve() / "log"
    pages = [f"{address(settings)}/readyz", f"http://127.0.0.1:{settings.actions_port}/health"]
    while pages:
        _end_if_told()
        if supervisor.poll() is not None:
            raise SetUpError(f"The supervisor ended at once: {log / 'supervisor.log'} says why.")
        if time.monotonic() - started > READY_SECONDS:
            raise SetUpError(f"Not ready after {READY_SECONDS:.0f} s: the logs in {log} say what is missing.")
        if _answers(pages[0]):
            pages.pop(0)
        else:
            time.sleep(0.1)
    return time.monotonic() - started


def _answers(page: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(page, timeout=3):
            return True
    except urllib.error.HTTPError as error:
        return error.code == 403  # the action server, which knows only Rasa
    except OSError:
        return False


def has_desk_account(settings: Settings) -> bool:
    """Return whether somebody can sign in at the desk. The gateway has made the tables."""
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            return connection.execute(select(Staff.id).limit(1)).first() is not None
    finally:
        engine.dispose()


def address(settings: Settings) -> str:
    """Return where a browser on this machine finds the gateway."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def stop(supervisor: subprocess.Popen[bytes]) -> None:
    """End the supervisor and with it every part; what does not listen is killed."""
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS + 7)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()


def run(settings: Settings, *, keep_model: bool = False) -> None:
    """Start everything, say where it is, and stay until told to end. `keep_model`: start with the model as it is."""
    var = settings.var_dir.resolve()
    (var / "log").mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(var).free < LEAST_FREE:
        raise SetUpError(f"The disk under {var} is almost full: make room and start again.")
    wanted = processes(settings)
    check_ports(wanted)
    environment = environment_of(settings)
    if not (keep_model and MODEL.exists()):
        train_if_needed(environment, var / "log" / "train.log")
    if not settings.telegram_token.get_secret_value():
        print("Telegram is off: ULTARI_TELEGRAM_TOKEN is not set.")
    print("Starting …", flush=True)
    supervisor = start(settings, wanted, environment)
    try:
        seconds = wait_until_ready(settings, supervisor)
        hint = "" if has_desk_account(settings) else FIRST_ACCOUNT.format(python=os.path.relpath(APP.python, ROOT))
        ready = f"Ready after {seconds:.1f} s: {address(settings)}  (Ctrl-C ends it; logs in {var / 'log'})"
        print(ready + hint, flush=True)
        while supervisor.poll() is None:
            _end_if_told()
            time.sleep(LOOK_SECONDS)
        raise SetUpError(f"The supervisor ended: {var / 'log' / 'supervisor.log'} says why.")
    finally:
        stop(supervisor)


_told_to_end = threading.Event()


def _end(signal_number: int, frame: FrameType | None) -> None:
    # Raised inside a destructor, the exception would be lost: that somebody wants the end is kept beside it.
    _told_to_end.set()
    raise KeyboardInterrupt


def _end_if_told() -> None:
    if _told_to_end.is_set():
        raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C or SIGTERM; print what is in the way as one sentence."""
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    os.chdir(ROOT)
    try:
        run(read_settings(), keep_model="--keep-model" in arguments)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 0
    except (SetUpError, SettingsError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{explain(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
