"""The gateway on a real port, and beside it a real HTTP server that speaks Rasa's REST channel."""

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from running_gateway import Gateway, RasaServer, Visitor, handler_for, run_gateway

from bot.conversations.encryption import make_key


@pytest.fixture(scope="session")
def rasa_server() -> Iterator[RasaServer]:
    stand_in = RasaServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(stand_in))
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield stand_in
    server.shutdown()
    server.server_close()


@pytest.fixture
def rasa(rasa_server: RasaServer) -> RasaServer:
    """Return the stand-in, as if it had just started."""
    fresh = RasaServer(rasa_server.url)
    for name in ("received", "headers", "answer", "seconds", "status", "busy", "overlapped"):
        setattr(rasa_server, name, getattr(fresh, name))
    return rasa_server


@pytest.fixture
def start_gateway(rasa: RasaServer, keys: str, tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Start a gateway with some settings of its own; several of one test share a database."""
    started: list[Gateway] = []

    def start(**overrides: Any) -> Gateway:
        values = {"var_dir": tmp_path / "var", "rasa_url": rasa.url, "encryption_keys": keys, "limits": False}
        started.append(run_gateway(**(values | overrides)))
        return started[-1]

    yield start
    for gateway in started:
        gateway.stop()


@pytest.fixture(scope="session")
def keys() -> str:
    """Return the keys of all gateways of this process: the process has one keyring."""
    return f"1:{make_key()}"


@pytest.fixture(scope="session")
def common_gateway(rasa_server: RasaServer, keys: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    var = tmp_path_factory.mktemp("gateway") / "var"
    gateway = run_gateway(var_dir=var, rasa_url=rasa_server.url, encryption_keys=keys, limits=False)
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(common_gateway: Gateway, rasa: RasaServer) -> Gateway:
    """Return a gateway that other tests use, too: conversations keep them apart."""
    return common_gateway


@pytest.fixture
def visitor(gateway: Gateway) -> Iterator[Visitor]:
    visitor = Visitor(gateway)
    yield visitor
    visitor.http.close()
