"""The Telegram channel between a local Bot API and what stands for Rasa."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.settings import read_settings
from tests.channels.running_gateway import RasaServer, handler_for
from tests.telegram.bot_api import TOKEN, BotApi, User, serve
from tests.telegram.running_channel import CHAT, Channel


@pytest.fixture
def rasa() -> Iterator[RasaServer]:
    stand_in = RasaServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(stand_in))
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield stand_in
    server.shutdown()
    server.server_close()


@pytest.fixture
def api() -> Iterator[BotApi]:
    api = BotApi()
    stop = serve(api)
    yield api
    stop()
    assert api.problems == [], "calls that Telegram would refuse"


@pytest.fixture
def make_channel(api: BotApi, rasa: RasaServer, tmp_path: Path) -> Iterator[Callable[..., Channel]]:
    made: list[Channel] = []

    def make(**overrides: Any) -> Channel:
        values = {
            "var_dir": str(tmp_path / "var"),
            "telegram_token": TOKEN,
            "telegram_api_url": api.url,
            "rasa_url": rasa.url,
        } | overrides
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ULTARI_")}
        environment |= {f"ULTARI_{key.upper()}": str(value) for key, value in values.items()}
        environment |= {"NO_PROXY": "127.0.0.1", "PYTHONPATH": "."}
        settings = read_settings(_env_file=None, **values)
        made.append(Channel(settings, environment, tmp_path / f"log{len(made)}"))
        return made[-1]

    yield make
    for channel in made:
        for process in channel.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        if channel._engine is not None:
            channel._engine.dispose()
        assert TOKEN not in channel.log, "the token is in the log"


@pytest.fixture
def channel(make_channel: Callable[..., Channel]) -> Channel:
    channel = make_channel()
    channel.start()
    return channel


@pytest.fixture
def user(api: BotApi) -> User:
    return api.user(CHAT)
