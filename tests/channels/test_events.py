"""The stream of events: resumable, alive, and the same through Redis."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from running_gateway import Gateway, RasaServer, Visitor, free_port


class Listener:
    """Reads a stream in a thread."""

    def __init__(
        self, gateway: Gateway, visitor: Visitor, query: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self.events: list[dict[str, str]] = []
        self.comments = 0
        self.ended = False
        self.http = gateway.client(headers={"Authorization": f"Bearer {visitor.token}"} | (headers or {}))
        self.response: httpx.Response | None = None
        self.path = f"{visitor.path}/events{query}"
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            with self.http.stream("GET", self.path, timeout=30) as response:
                self.response = response
                event: dict[str, str] = {}
                for line in response.iter_lines():
                    if not line:
                        if event:
                            self.events.append(event)
                        event = {}
                    elif line.startswith(":"):
                        self.comments += 1
                    else:
                        name, _, value = line.partition(":")
                        event[name] = value.strip()
        except httpx.HTTPError:
            pass
        self.ended = True

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(event["data"]) for event in self.events if event["event"] == "message"]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [json.loads(event["data"]) for event in self.events if event["event"] == "status"]

    def wait(self, count: int, seconds: float = 5) -> list[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.messages) == count
        return self.messages


def test_what_is_said_comes_over_the_stream(gateway: Gateway, visitor: Visitor) -> None:
    listener = Listener(gateway, visitor)
    turn = visitor.say("안녕하세요")
    assert listener.wait(2) == turn["messages"]
    assert [event["id"] for event in listener.events if event["event"] == "message"] == ["1", "2"]
    assert listener.response is not None
    assert listener.response.headers["Content-Type"].startswith("text/event-stream")
    assert listener.response.headers["Cache-Control"] == "no-store"


def test_the_users_own_message_comes_before_the_answer_is_there(
    gateway: Gateway, visitor: Visitor, rasa: RasaServer
) -> None:
    listener = Listener(gateway, visitor)
    rasa.seconds = 1.0
    thread = threading.Thread(target=visitor.say, args=("안녕",))
    thread.start()
    listener.wait(1, seconds=0.8)
    thread.join()
    listener.wait(2)


@pytest.mark.parametrize(
    ("query", "headers"), [("", {"Last-Event-ID": "4"}), ("?after=4", {}), ("?after=1", {"Last-Event-ID": "4"})]
)
def test_a_stream_goes_on_where_it_broke(
    gateway: Gateway, visitor: Visitor, query: str, headers: dict[str, str]
) -> None:
    for text in ("하나", "둘", "셋"):
        visitor.say(text)
    listener = Listener(gateway, visitor, query, headers)
    assert [message["seq"] for message in listener.wait(2)] == [5, 6]


def test_nothing_is_lost_while_streams_break_and_come_back(gateway: Gateway, visitor: Visitor) -> None:
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or len(seen) < 40:
            headers = {"Authorization": f"Bearer {visitor.token}", "Last-Event-ID": str(seen[-1] if seen else 0)}
            with gateway.client() as http, http.stream("GET", f"{visitor.path}/events", headers=headers) as response:
                for number, line in enumerate(response.iter_lines()):
                    if line.startswith("id:"):
                        seen.append(int(line[3:]))
                    if number > 12 or len(seen) == 40:
                        break  # and come back

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    for number in range(20):
        visitor.say(f"{number}")
    done.set()
    thread.join(10)
    assert seen == list(range(1, 41))


def test_the_status_comes_first_and_when_it_changes(start_gateway: Callable[..., Gateway], rasa: RasaServer) -> None:
    from bot.conversations.database import make_engine
    from bot.conversations.store import Outgoing, Store

    gateway = start_gateway(heartbeat_seconds=0.3)
    visitor = Visitor(gateway)
    listener = Listener(gateway, visitor)
    expects = {"form": "leak_report", "slot": "suspect", "input": "text", "choices": [], "step": 2, "of": 9}
    rasa.answer = lambda body: [{"text": "누가요?"}, {"custom": {"expects": expects}}]
    visitor.say("유출")
    listener.wait(2)
    # Another process writes, and no notice comes: the next heartbeat looks again.
    Store(make_engine(gateway.settings)).append(visitor.id, [Outgoing("staff", "상담원이에요")], status="human")
    listener.wait(3)
    deadline = time.monotonic() + 2
    while len(listener.statuses) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert listener.statuses[0] == {"status": "bot", "expects": None}
    assert {"status": "bot", "expects": expects} in listener.statuses
    assert listener.statuses[-1]["status"] == "human"


def test_a_quiet_stream_has_a_heartbeat(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(heartbeat_seconds=0.1)
    listener = Listener(gateway, Visitor(gateway))
    time.sleep(1)
    assert listener.comments >= 3


def test_streams_end_when_the_gateway_stops(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway()
    visitor = Visitor(gateway)
    listener = Listener(gateway, visitor)
    visitor.say("안녕")
    listener.wait(2)
    started = time.monotonic()
    gateway.stop()
    listener.thread.join(5)
    assert listener.ended
    assert time.monotonic() - started < 6


def test_a_stream_without_the_right_token_is_refused(gateway: Gateway, visitor: Visitor) -> None:
    with gateway.client() as http:
        assert http.get(f"{visitor.path}/events").status_code == 401
        assert http.get(f"{visitor.path}/events", headers={"Authorization": "Bearer x"}).status_code == 404


def test_an_address_may_hold_only_so_many_streams(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(limits=True, limit_streams_address=2)
    visitor = Visitor(gateway)
    listeners = [Listener(gateway, visitor) for _ in range(2)]
    visitor.say("안녕")
    for listener in listeners:
        listener.wait(2)
    refused = visitor.http.get(f"{visitor.path}/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    listeners[0].http.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        visitor.say("또")  # writing to a closed line shows that it is closed
        with visitor.http.stream("GET", f"{visitor.path}/events") as response:
            if response.status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the closed stream still counts")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    binary = shutil.which("redis-server")
    if binary is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is missing, and under CI=true nothing may be left out.")
        pytest.skip("redis-server is not installed (apt-get install redis-server).")
    port = free_port()
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        started.append(process)
        client = redis.Redis(port=port)
        for _ in range(100):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        return process

    yield f"redis://127.0.0.1:{port}/0", start
    for process in started:
        process.kill()
        process.wait()


def test_two_gateways_share_events_and_limits_through_redis(
    start_gateway: Callable[..., Gateway], redis_server: tuple[str, Callable[[], Any]]
) -> None:
    url, start = redis_server
    start()
    more = {"redis_url": url, "limits": True, "limit_messages_visitor": "3/minute", "heartbeat_seconds": 60.0}
    first, second = start_gateway(**more), start_gateway(**more)
    visitor = Visitor(first)
    listener = Listener(second, visitor)
    time.sleep(0.3)
    turn = visitor.say("안녕하세요")
    assert listener.wait(2, seconds=2) == turn["messages"]
    visitor.say("둘")
    with second.client(headers=dict(visitor.http.headers)) as http:
        assert http.post(f"{visitor.path}/messages", json={"id": "x", "text": "셋"}).status_code == 200
        assert http.post(f"{visitor.path}/messages", json={"id": "y", "text": "넷"}).status_code == 429


def test_without_redis_everything_still_works_and_it_is_found_again(
    start_gateway: Callable[..., Gateway], redis_server: tuple[str, Callable[[], Any]]
) -> None:
    url, start = redis_server
    process = start()
    gateway = start_gateway(redis_url=url, limits=True, heartbeat_seconds=60.0)
    visitor = Visitor(gateway)
    listener = Listener(gateway, visitor)
    visitor.say("하나")
    listener.wait(2)
    process.kill()
    process.wait()
    visitor.say("둘")
    listener.wait(4)
    start()
    time.sleep(2.5)
    other = start_gateway(redis_url=url, limits=True, heartbeat_seconds=60.0)
    with other.client(headers=dict(visitor.http.headers)) as http:
        assert http.post(f"{visitor.path}/messages", json={"id": "x", "text": "셋"}).status_code == 200
    listener.wait(6, seconds=3)
