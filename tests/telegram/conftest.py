"""The Telegram channel between a local Bot API and what stands for Rasa.

`api`, `rasa`, `channel` are one running set for all tests that leave it running; `alone` gives a test a set of its own to break.
The set polls; a test with `in_both_modes` runs once more with one that is called by webhook.
"""

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.conversations import encryption
from bot.settings import read_settings
from tests.channels.running_gateway import RasaServer, free_port, handler_for
from tests.telegram import script
from tests.telegram.bot_api import TOKEN, BotApi, User, serve
from tests.telegram.running_channel import CHAT, Channel

PUBLIC = "https://bot.example.kr"
MODES = ("polling", "webhook")

in_both_modes = pytest.mark.parametrize("running", MODES, indirect=True)

chats = itertools.count(CHAT + 1)


@dataclass
class Alone:
    """A set of a test's own."""

    api: BotApi
    rasa: RasaServer
    channel: Channel

    def user(self, number: int = 0) -> User:
        return self.api.user(CHAT + number)


def run_rasa() -> tuple[RasaServer, Callable[[], None]]:
    stand_in = RasaServer(answer=script.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(stand_in))
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stand_in, stop


def make_channel(folder: Path, api: BotApi, rasa: RasaServer, *, mode: str, **overrides: Any) -> Channel:
    if mode == "webhook":
        overrides |= {"telegram_webhook_url": PUBLIC, "telegram_port": free_port()}
        api.routes[PUBLIC] = f"http://127.0.0.1:{overrides['telegram_port']}"
    values = {
        "var_dir": str(folder / "var"),
        "telegram_token": TOKEN,
        "telegram_api_url": api.url,
        "rasa_url": rasa.url,
        "debug": True,  # the most talkative log is the one that must keep secrets
    } | overrides
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ULTARI_")}
    environment |= {f"ULTARI_{key.upper()}": str(value) for key, value in values.items()}
    environment |= {"NO_PROXY": "127.0.0.1", "PYTHONPATH": "."}
    return Channel(read_settings(_env_file=None, **values), environment, folder / "log")


def finish(api: BotApi, channel: Channel) -> None:
    channel.end()
    assert api.problems == [], "calls that Telegram would refuse"
    assert TOKEN not in channel.log, "the token is in the log"
    assert TOKEN.partition(":")[2] not in channel.log


@pytest.fixture(autouse=True)
def keyring_of_others() -> Iterator[None]:
    """Leave to the other tests of this process the keys that they had."""
    before = encryption._in_use
    yield
    encryption._in_use = before


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Callable[..., Alone]]:
    made: list[Alone] = []
    stops: list[Callable[[], None]] = []

    def make(mode: str = "polling", **overrides: Any) -> Alone:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        api = BotApi()
        rasa, stop_rasa = run_rasa()
        stops.extend((serve(api), stop_rasa))
        made.append(Alone(api, rasa, make_channel(folder, api, rasa, mode=mode, **overrides)))
        return made[-1]

    yield make
    for each in made:
        finish(each.api, each.channel)
    for stop in stops:
        stop()


@contextmanager
def run(folder: Path, mode: str) -> Iterator[Alone]:
    api = BotApi()
    rasa, stop_rasa = run_rasa()
    stop_api = serve(api)
    channel = make_channel(folder, api, rasa, mode=mode)
    channel.start()
    channel.logged("is ready")
    yield Alone(api, rasa, channel)
    finish(api, channel)
    stop_api()
    stop_rasa()


@pytest.fixture(scope="session")
def running_polling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with run(tmp_path_factory.mktemp("polling"), "polling") as one:
        yield one


@pytest.fixture(scope="session")
def running_webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    with run(tmp_path_factory.mktemp("webhook"), "webhook") as one:
        yield one


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Alone:
    """Return the running set, for a test of `in_both_modes` that of its mode."""
    one: Alone = request.getfixturevalue(f"running_{getattr(request, 'param', 'polling')}")
    return one


@pytest.fixture
def api(running: Alone) -> Iterator[BotApi]:
    yield running.api
    assert running.api.problems == [], "calls that Telegram would refuse"
    running.api.faults.clear()


@pytest.fixture
def rasa(running: Alone) -> RasaServer:
    running.rasa.seconds = 0.0
    return running.rasa


@pytest.fixture
def channel(running: Alone) -> Channel:
    return running.channel


@pytest.fixture
def user(api: BotApi) -> User:
    return api.user(next(chats))
