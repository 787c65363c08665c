"""The gateway on a real port, a server that speaks Rasa's REST channel, and a client, for the tests of this folder."""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import uvicorn

from bot.settings import Settings, read_settings
from channels.gateway import create_app

Answer = list[dict[str, Any]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RasaServer:
    """What stands for Rasa: keeps what it was sent, and answers what a test has told it to."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Answer | bytes] = field(
        default=lambda body: [{"text": f"“{body['message']}” 들었어요."}]
    )
    seconds: float = 0.0
    status: int = 200
    busy: dict[str, int] = field(default_factory=dict)
    overlapped: bool = False

    @property
    def messages(self) -> list[str]:
        return [body["message"] for body in self.received]


def handler_for(rasa: RasaServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, b"Hello from Rasa")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            rasa.received.append(body)
            rasa.headers.append(dict(self.headers))
            rasa.busy[body["sender"]] = rasa.busy.get(body["sender"], 0) + 1
            rasa.overlapped |= rasa.busy[body["sender"]] > 1
            time.sleep(rasa.seconds)
            rasa.busy[body["sender"]] = rasa.busy.get(body["sender"], 1) - 1
            answer = rasa.answer(body)
            self._send(rasa.status, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            return

    return Handler


@dataclass
class Gateway:
    url: str
    settings: Settings
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(15)

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False, **more)


def run_gateway(port: int | None = None, **values: Any) -> Gateway:
    port = port or free_port()
    settings = read_settings(_env_file=None, **values)
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False,
        loop="uvloop", http="httptools", timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the gateway ended"
        assert time.monotonic() < deadline, "the gateway did not start"
        time.sleep(0.01)
    return Gateway(f"http://127.0.0.1:{port}", settings, server, thread)


class Visitor:
    """A client of the chat API with one conversation."""

    def __init__(self, gateway: Gateway) -> None:
        self.http = gateway.client()
        opened = self.http.post("/api/conversations")
        assert opened.status_code == 201
        self.id, self.token = opened.json()["id"], opened.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.path = f"/api/conversations/{self.id}"
        self.sent = 0

    def post(self, body: Any, **more: Any) -> httpx.Response:
        return self.http.post(f"{self.path}/messages", json=body, **more)

    def say(self, text: str) -> dict[str, Any]:
        self.sent += 1
        response = self.post({"id": f"m{self.sent}", "text": text})
        assert response.status_code == 200, response.text
        turn: dict[str, Any] = response.json()
        return turn

    def history(self, after: int = 0) -> dict[str, Any]:
        response = self.http.get(f"{self.path}/messages", params={"after": after})
        assert response.status_code == 200
        page: dict[str, Any] = response.json()
        return page
