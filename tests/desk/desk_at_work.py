"""A gateway with its desk on a real port, people who work there, and tickets with talks."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pyotp
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import Engine, update

from bot.conversations import encryption
from bot.conversations.encryption import make_key
from bot.conversations.store import Outgoing, Store
from bot.settings import Settings, read_settings
from bot.tickets.store import NewTicket, TicketStore
from bot.tickets.workflow import LEAK
from channels.gateway import create_app
from channels.waiting import Waiting
from desk.accounts import Accounts, Person
from desk.app import create_desk
from desk.factors import STEP_SECONDS, FirstFactor
from desk.model import Staff
from desk.parts import Parts
from desk.sessions import csrf_of

KEYS = f"1:{make_key()}"
PASSWORD = "도면 고양이 우산 열쇠"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests of slowness use the real one


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def routes() -> list[tuple[str, str]]:
    """Return method and path of every route that the desk answers."""
    found = []
    for included in create_desk().routes:
        for route in included.effective_route_contexts():
            found += [(method, route.path) for method in route.methods]
    return found


@dataclass
class Desk:
    """A running gateway, and a look into its parts."""

    url: str
    settings: Settings
    server: uvicorn.Server
    thread: threading.Thread
    parts: Parts
    store: Store
    engine: Engine
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def tickets(self) -> TicketStore:
        return self.parts.tickets

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(15)

    def hire(self, name: str, role: str, display_name: str = "") -> Person:
        """Make an account that is set up already."""
        accounts = self.parts.accounts
        code = accounts.create(name, display_name or name, role)
        begun = accounts.begin_setup(name, code)
        assert begun is not None
        quick = Accounts(self.engine, FirstFactor(QUICK))
        secret = accounts.totp_secret(begun.id)
        person = quick.finish_setup(begun, PASSWORD, pyotp.TOTP(secret).now())
        self.forget_codes(name)
        return person

    def forget_codes(self, name: str) -> None:
        """Let the present code be used again: tests do not wait for the next half minute."""
        with self.engine.begin() as connection:
            connection.execute(update(Staff).where(Staff.name == name).values(totp_step=0))

    def code_of(self, name: str) -> str:
        person = next(each for each in self.parts.accounts.everybody() if each.name == name)
        return pyotp.TOTP(self.parts.accounts.totp_secret(person.id), interval=STEP_SECONDS).now()

    def browser(self, name: str = "") -> "Browser":
        """Return a browser, signed in if a name is given."""
        browser = Browser(self)
        if name:
            self.forget_codes(name)
            answer = browser.sign_in(name, PASSWORD, self.code_of(name))
            assert answer.status_code == 303, answer.text
        return browser

    def ticket(
        self, *, said: tuple[str, ...] = ("어제 퇴사한 직원이 도면을 가져갔어요.",), **values: Any
    ) -> dict[str, Any]:
        """Make a leak ticket with a talk."""
        conversation, _ = self.store.create("web")
        self.store.append(conversation, [Outgoing("user", text) for text in said])
        given = {
            "key": conversation,
            "kind": LEAK,
            "channel": "web",
            "conversation_id": conversation,
            "live": True,
            "brief": [
                {"field": "incident_summary", "value": "퇴사자가 도면을 가져감", "quote": said[0], "seq": 1},
                {"field": "leaked_technology", "value": "금형 도면", "quote": said[0], "seq": 1},
            ],
            "contact": {"name": "박수진", "phone": "010-1234-5678", "company": "한빛정밀"},
            "context": {
                "unanswered": [{"text": "소송하면 이길까요?", "seq": 1}],
                "programs": [1, 14],
                "question": {"text": "경찰에 먼저 가야 하나요?", "seq": 1},
                "wish": "wait",
            },
            "referrals": [("consultation_center", "always"), ("police", "always")],
        }
        created = self.tickets.create(NewTicket(**(given | values)))
        if given["live"] and values.get("live", True):
            self.store.append(created.ticket["conversation_id"], [], status="waiting")
        return created.ticket


class Browser:
    """A client that keeps cookies and fills in the hidden fields of forms."""

    def __init__(self, desk: Desk) -> None:
        self.http = httpx.Client(base_url=f"{desk.url}/desk", timeout=20, trust_env=False, headers={"Origin": desk.url})

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    @property
    def csrf(self) -> str:
        return csrf_of(self.http.cookies.get("desk", ""))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        return self.http.post(path, data={"csrf": self.csrf} | (data or {}), **more)

    def sign_in(self, name: str, password: str, code: str) -> httpx.Response:
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "password": password, "code": code})


@contextmanager
def own_keys(desk: Desk) -> Iterator[None]:
    """Use the keys of this desk for a while: a process has one keyring, and other tests bring their own."""
    before = encryption._in_use
    encryption.use_keyring(desk.parts.keyring)
    yield
    encryption._in_use = before


def wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the gateway did not start"
        assert time.monotonic() < deadline, "the gateway did not start in time"
        time.sleep(0.01)


def run_desk(var: Path, **values: Any) -> Desk:
    port = free_port()
    given = {"var_dir": var, "rasa_url": "http://127.0.0.1:9", "encryption_keys": KEYS, "limits": False}
    settings = read_settings(_env_file=None, **(given | values))
    app = create_app(settings)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    # The watch over waiting users goes by the clock of the day: at night it would take these tickets out of the chat.
    with patch.object(Waiting, "start"):
        thread.start()
        wait_for(server, thread)
    parts: Parts = app.state.desk.state.parts
    store: Store = app.state.store
    return Desk(f"http://127.0.0.1:{port}", settings, server, thread, parts, store, parts.lists._engine)
