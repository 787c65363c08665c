"""The Telegram channel between a local Bot API and what stands for Rasa.

`api`, `rasa`, `channel` are one running set for all tests that leave it running; `alone` gives a test a set of its own to break.
"""

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.conversations import encryption
from bot.settings import read_settings
from tests.channels.running_gateway import RasaServer, handler_for
from tests.telegram import script
from tests.telegram.bot_api import TOKEN, BotApi, User, serve
from tests.telegram.running_channel import CHAT, Channel

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


def make_channel(folder: Path, api: BotApi, rasa: RasaServer, **overrides: Any) -> Channel:
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

    def make(**overrides: Any) -> Alone:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        api = BotApi()
        rasa, stop_rasa = run_rasa()
        stops.extend((serve(api), stop_rasa))
        made.append(Alone(api, rasa, make_channel(folder, api, rasa, **overrides)))
        return made[-1]

    yield make
    for each in made:
        finish(each.api, each.channel)
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    api = BotApi()
    rasa, stop_rasa = run_rasa()
    stop_api = serve(api)
    channel = make_channel(tmp_path_factory.mktemp("telegram"), api, rasa)
    channel.start()
    channel.logged("is ready")
    yield Alone(api, rasa, channel)
    finish(api, channel)
    stop_api()
    stop_rasa()


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
