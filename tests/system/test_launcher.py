"""What `make run` promises, tried on real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
from running_system import Chat, System, text_of

from bot.settings import read_settings
from launcher import environments, run
from launcher.children import processes
from launcher.environments import APP, ENGINE, ROOT, SetUpError

CENTRE = "02-368-8787"


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def assert_gone(processes: list[psutil.Process], seconds: float = 5) -> None:
    left = psutil.wait_procs(processes, timeout=seconds)[1]
    assert not left, [process.cmdline() for process in left]


def answered(system: System, text: str) -> str:
    """Ask in a new conversation; a system that is just restarting is asked again."""
    for _ in range(200):
        try:
            chat = Chat(system.url)
            said = text_of(chat.say(text))
            chat.close()
        except httpx.HTTPError:
            said = ""
        if "30만원" in said:
            return said
        time.sleep(0.5)
    return said


def test_a_second_start_neither_installs_nor_trains(second: System) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "launcher.environments", "engine", "app"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert "Training" not in second.said()
    assert second.said().count("Telegram is off: ULTARI_TELEGRAM_TOKEN is not set.\n") == 1
    assert f"Ready after {second.said().split('Ready after ')[1].split()[0]} s: {second.url}" in second.said()
    name, command = "first", second.said().split("Make the first account:\n  ")[1].splitlines()[0]
    made = subprocess.run(
        command.replace("NAME", name), shell=True, cwd=ROOT, env=second.environment, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert "설정 코드" in made.stdout, made.stderr


def test_telegram_runs_with_a_token_only_and_listens_with_a_webhook_only() -> None:
    def started(**given: str) -> dict[str, int]:
        return {process.name: process.port for process in processes(read_settings(_env_file=None, **given))}

    parts = {"rasa": 5005, "actions": 5055, "gateway": 8080}
    assert started(telegram_token="") == parts
    assert started(telegram_token="1:x") == parts | {"telegram": 0}
    webhook = {"telegram_token": "1:x", "telegram_webhook_url": "https://bot.example.kr"}
    assert started(**webhook) == parts | {"telegram": 8081}


def test_a_busy_port_is_named_with_what_to_do(stack: System, tmp_path: Path) -> None:
    late = System(tmp_path / "var", ULTARI_PORT=str(stack.port))
    late.begin()
    assert late.process is not None
    assert late.process.wait(60) == 1
    assert "Traceback" not in late.said()
    assert f"Port {stack.port}, which the gateway needs, is not free" in late.said()
    assert "ULTARI_PORT=" in late.said()


@pytest.mark.parametrize("name", ["gateway", "actions", "rasa"])
def test_what_dies_is_restarted_and_answers(second: System, name: str) -> None:
    victim = second.part(name)
    victim.kill()
    assert second.restarted(name, victim.pid, 15), f"{name} was not started again"
    assert "30만원" in answered(second, "기술임치 수수료 얼마예요?")


def test_without_rasa_a_message_is_kept_and_the_number_given(second: System) -> None:
    rasa = second.part("rasa")
    rasa.suspend()
    chat = Chat(second.url)
    said = text_of(chat.say("기술임치 수수료 얼마예요?"))
    assert CENTRE in said
    rasa.resume()
    assert "30만원" in answered(second, "기술임치 수수료 얼마예요?")
    assert [message["text"] for message in chat.history()][0] == "기술임치 수수료 얼마예요?"
    chat.close()


def test_secrets_between_the_parts_are_for_our_eyes_only(second: System) -> None:
    for name in ("engine.secret", "actions.secret"):
        path = second.var / "keys" / name
        assert path.stat().st_mode & 0o077 == 0
        assert len(path.read_text()) >= 32
    rasa = f"http://127.0.0.1:{second.rasa_port}/webhooks/rest/webhook"
    actions = f"http://127.0.0.1:{second.actions_port}/webhook"
    for url in (rasa, actions):
        refused = httpx.post(url, json={"sender": "x", "message": "안녕하세요"}, trust_env=False)
        assert refused.status_code == 403
    assert httpx.get(f"http://127.0.0.1:{second.rasa_port}/model/parse", trust_env=False).status_code == 404
    command_lines = " ".join(" ".join(process.cmdline()) for process in second.processes())
    assert (second.var / "keys" / "engine.secret").read_text() not in command_lines


def test_the_parts_of_rasa_listen_on_loopback_only(second: System) -> None:
    for name in ("rasa", "actions"):
        listening = [c.laddr for c in second.part(name).net_connections() if c.status == psutil.CONN_LISTEN]
        assert {address.ip for address in listening} == {"127.0.0.1"}


def test_terminate_ends_everything_also_what_hangs(second: System) -> None:
    """Runs last in this module: afterwards the second system is gone."""
    before = second.processes()
    assert len(before) >= 5
    second.part("rasa").suspend()  # does not react to any request to end
    started = time.monotonic()
    assert second.stop() == 0
    assert time.monotonic() - started < run.STOP_SECONDS + 10
    assert_gone(before)
    assert "Stopped." in second.said()


@pytest.mark.parametrize("name", ["launcher", "supervisor"])
def test_nothing_outlives_a_killed_launcher_or_supervisor(stack: System, tmp_path: Path, name: str) -> None:
    system = System(tmp_path / "var")
    system.begin()
    assert system.process is not None
    until(lambda: len(system.processes()) >= 5, 60, system.said())
    before = system.processes()
    os.kill(system.process.pid if name == "launcher" else system.part("supervisor").pid, signal.SIGKILL)
    assert_gone(before, run.STOP_SECONDS + 15)
    system.stop()
    assert name == "launcher" or "The supervisor ended" in system.said()


def test_ctrl_c_ends_everything_while_it_starts(stack: System, tmp_path: Path) -> None:
    system = System(tmp_path / "var")
    system.begin()
    assert system.process is not None
    until(lambda: len(system.processes()) >= 5, 60, system.said())
    before = system.processes()
    system.process.send_signal(signal.SIGINT)
    assert system.process.wait(run.STOP_SECONDS + 15) == 0
    assert_gone(before)


def test_make_stop_ends_it(stack: System, tmp_path: Path) -> None:
    system = System(tmp_path / "var")
    system.begin()
    until(lambda: len(system.processes()) >= 5, 60, system.said())
    before = system.processes()
    stop = [sys.executable, "-m", "launcher.stop"]
    done = subprocess.run(stop, cwd=ROOT, env=system.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Stopped.\n")
    assert_gone(before, 10)
    system.stop()
    done = subprocess.run(stop, cwd=ROOT, env=system.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Nothing of this bot is running.\n")


def test_folders_may_have_spaces_and_percent_signs_in_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "our bot, 100%"
    script = folder / "bin" / "part"
    python_that_says(script, 'echo "$1" > "$2"; exec sleep 60')
    settings = run.read_settings(_env_file=None, var_dir=folder / "var")
    (settings.var_dir / "log").mkdir(parents=True)
    written = folder / "written"
    part = run.Process("part", (str(script), "two words; 50%", str(written)), "a part")
    supervisor = run.start(settings, [part], os.environ)
    try:
        until(lambda: written.exists() and written.read_text() != "", 20, "the part did not start")
    finally:
        run.stop(supervisor)
    assert written.read_text() == "two words; 50%\n"


def python_that_says(path: Path, answer: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def test_a_shim_that_fails_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_that_says(tmp_path / "shims" / "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    python_that_says(tmp_path / "shims" / "python3.12", "echo Python 3.11.4")
    good = tmp_path / "pyenv" / "versions" / "3.10.99" / "bin" / "python3"
    python_that_says(good, "echo Python 3.10.99")
    better = tmp_path / "uv" / "cpython-3.12" / "bin" / "python3"
    python_that_says(better, "echo Python 3.12.0")
    python_that_says(tmp_path / "uv" / "cpython-3.14" / "bin" / "python3", "echo Python 3.14.0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert environments.find_python(ENGINE) == good
    assert environments.find_python(APP) == better


def test_a_missing_python_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    with pytest.raises(SetUpError, match=r"^No Python 3\.10 was found .* install Python 3\.10 .* and start again\.$"):
        environments._python_from_uv(environments.UV, ENGINE)


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    little = type("Usage", (), {"free": 1_000_000})()
    monkeypatch.setattr("shutil.disk_usage", lambda path: little)
    with pytest.raises(SetUpError, match="almost full: make room and start again"):
        run.run(run.read_settings(_env_file=None, var_dir=tmp_path))
    assert environments.explain(OSError(28, "No space left on device")).startswith("The disk is full: make room")


def test_the_environments_need_nothing_but_the_standard_library() -> None:
    """`launcher.environments` is the first thing to run on a new machine, on whatever Python is there."""
    for python in sorted(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob("versions/3.*/bin/python3")):
        version = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
        if tuple(map(int, version.split()[1].split(".")[:2])) >= (3, 8):
            command = [
                python,
                "-I",
                "-S",
                "-c",
                f"import sys; sys.path.append({str(ROOT)!r}); import launcher.environments",
            ]
            subprocess.run(command, check=True)
