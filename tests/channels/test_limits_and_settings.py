"""Limits, and what must not run in production."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running_gateway import Gateway, RasaServer, Visitor

from bot.errors import SettingsError
from bot.settings import read_settings
from channels.limiting import address_of
from launcher.environments import ROOT

GOOD = {"mode": "production", "engine_secret": "k3J9-x2Lq_7vRt5Yw8Zb1Nc4Md6Pf0Ga"}


def read(**values: Any) -> Any:
    return read_settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("setting", "limit"),
    [
        ("limit_messages_visitor", "/messages"),
        ("limit_messages_address", "/messages"),
        ("limit_messages_total", "/messages"),
        ("limit_conversations_address", "/conversations"),
        ("limit_conversations_total", "/conversations"),
        ("limit_requests_address", "/programs"),
    ],
)
def test_a_used_up_limit_says_when_to_come_back(
    start_gateway: Callable[..., Gateway], setting: str, limit: str
) -> None:
    visitor = Visitor(start_gateway(limits=True, **{setting: "3/minute"}))
    answers = []
    for number in range(4):
        if limit == "/messages":
            answers.append(visitor.post({"id": f"{number}", "text": "안녕"}))
        elif limit == "/programs":
            answers.append(visitor.http.get("/api/programs"))
        else:
            answers.append(visitor.http.post("/api/conversations"))
    assert 429 in [answer.status_code for answer in answers]
    refused = answers[-1]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_one_visitor_does_not_use_up_anothers_limit(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(limits=True, limit_messages_visitor="2/minute")
    first, second = Visitor(gateway), Visitor(gateway)
    for number in range(3):
        last = first.post({"id": f"{number}", "text": "안녕"})
    assert last.status_code == 429
    assert second.say("안녕")["status"] == "bot"


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Authorization": "Bearer wrong"}, b'{"id": "1", "text": "x"}', 404),
        ({"Authorization": ""}, b'{"id": "1", "text": "x"}', 401),
        ({}, b'{"id": "1"}', 422),
        ({}, b"{", 422),
    ],
)
def test_wrong_tokens_and_bad_bodies_are_counted_for_their_address(
    start_gateway: Callable[..., Gateway], headers: dict[str, str], content: bytes, status: int
) -> None:
    visitor = Visitor(start_gateway(limits=True, limit_messages_address="3/minute"))
    headers = {"Content-Type": "application/json"} | headers
    answers = [visitor.http.post(f"{visitor.path}/messages", content=content, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [status, status, status, 429]
    assert visitor.history()["messages"] == []


def test_tickets_are_counted_for_an_address_when_they_are_there(
    start_gateway: Callable[..., Gateway], rasa: RasaServer
) -> None:
    gateway = start_gateway(limits=True, limit_tickets_address="2/day")
    card = {"type": "ticket", "number": "AB-123456", "pin": "654321", "contacts": []}
    for text in ("안녕", "접수", "접수", "안녕", "접수"):
        cards = [card] if text == "접수" else []
        rasa.answer = lambda body, cards=cards: [{"text": "네", "custom": {"cards": cards}}]  # type: ignore[misc]
        Visitor(gateway).say(text)
    assert [body["metadata"]["may_report"] for body in rasa.received] == [True, True, True, False, False]


def test_limits_can_be_lifted_outside_production(start_gateway: Callable[..., Gateway]) -> None:
    visitor = Visitor(start_gateway(limits=False, limit_messages_visitor="1/minute"))
    for _ in range(5):
        visitor.say("안녕")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_what_counts_as_one_address(host: str | None, address: str) -> None:
    assert address_of(host) == address


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"engine_secret": ""}, "ULTARI_ENGINE_SECRET"),
        ({"engine_secret": "short"}, "ULTARI_ENGINE_SECRET"),
        ({"engine_secret": "a" * 40}, "ULTARI_ENGINE_SECRET"),
        ({"actions_token": "x"}, "ULTARI_ACTIONS_TOKEN"),
        ({"actions_token": "a" * 40}, "ULTARI_ACTIONS_TOKEN"),
        ({"limits": "off"}, "ULTARI_LIMITS"),
        ({"debug": True}, "ULTARI_DEBUG"),
        ({"allowed_origins": "https://a.go.kr,*"}, "ULTARI_ALLOWED_ORIGINS"),
        ({"allowed_origins": "https://*.go.kr"}, "ULTARI_ALLOWED_ORIGINS"),
        ({"trusted_proxies": "*"}, "ULTARI_TRUSTED_PROXIES"),
    ],
)
def test_production_refuses_and_names_the_setting(values: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read(**(GOOD | values))


def test_the_action_server_does_not_start_without_a_token(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ULTARI_ACTIONS_TOKEN": "", "ULTARI_ACTIONS_PORT": "0"}
    command = [sys.executable, "-m", "bot.actions"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.startswith("ULTARI_ACTIONS_TOKEN is not set.")


def test_production_starts_when_all_is_set() -> None:
    assert read(**GOOD).mode == "production"


def test_a_value_of_the_wrong_kind_is_named_without_being_shown() -> None:
    with pytest.raises(SettingsError, match="ULTARI_PORT") as caught:
        read(port="geheim")
    assert "geheim" not in str(caught.value)


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    assert GOOD["engine_secret"] not in repr(read(**GOOD))


def test_settings_come_from_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ULTARI_PORT=9000\nULTARI_ALLOWED_ORIGINS=https://a.go.kr/, https://b.go.kr\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ULTARI_LIMITS", "off")
    settings = read_settings()
    assert (settings.port, settings.limits) == (9000, False)
    assert settings.allowed_origins == ("https://a.go.kr", "https://b.go.kr")
