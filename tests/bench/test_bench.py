"""What `make bench` measures, against a real HTTP server, and the table that it prints."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bench.load import ANSWERS, RECOMMEND, TURNS, Measured, fill_in_form, measure, questions, talk_to_stock, talk_to_us
from bench.report import Numbers, table


class Server(ThreadingHTTPServer):
    """Speaks the chat API and Rasa's REST channel, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.talks: dict[str, list[str]] = {}
        self.seconds = 0.0
        self.messages: list[dict[str, Any]] = [{"from": "bot", "text": "네"}]
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path == "/api/conversations":
            name = f"talk{len(self.server.talks)}"
            self.server.talks[name] = []
            return self._send(201, {"id": name, "token": "t"})
        time.sleep(self.server.seconds)
        if "sender" in body:
            self.server.talks.setdefault(body["sender"], []).append(body["message"])
            return self._send(self.server.status, self.server.messages)
        said = self.server.talks[self.path.split("/")[3]]
        said.append(body["text"])
        slots = [None, "needs", "company_size", "employee_count"]  # after the last answer the form is over
        slot = slots[len(said) % 4]
        expects = {"form": "recommendation", "slot": slot} if slot else None
        return self._send(self.server.status, {"messages": self.server.messages, "expects": expects})

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("new_talk", [talk_to_us, talk_to_stock])
def test_users_ask_so_many_questions_between_them(server: Server, new_talk: Any) -> None:
    server.seconds = 0.01
    found = measure(new_talk, server.url, 4, 60, 30)
    asked = [text for said in server.talks.values() for text in said]
    assert (found.users, len(found.seconds)) == (4, 60)
    assert sorted(asked) == sorted(questions()[:60])
    assert max(map(len, server.talks.values())) <= TURNS
    assert 10 <= found.median <= found.p95
    assert found.per_second == pytest.approx(60 / found.elapsed)


def test_it_ends_in_time(server: Server) -> None:
    server.seconds = 0.1
    found = measure(talk_to_us, server.url, 2, 10**3, 0.5)
    assert found.elapsed < 5
    assert len(found.seconds) < 20


def test_questions_stand_in_a_fixed_disorder() -> None:
    assert questions() == questions()
    assert len(set(questions())) > 500


@pytest.mark.parametrize("new_talk", [talk_to_us, talk_to_stock, fill_in_form])
@pytest.mark.parametrize(("status", "messages"), [(500, [{"text": "네"}]), (200, [])])
def test_what_is_not_answered_is_no_measurement(server: Server, new_talk: Any, status: int, messages: Any) -> None:
    server.status, server.messages = status, messages
    with pytest.raises(RuntimeError, match=f"status {status} and "):
        measure(new_talk, server.url, 1, 5, 5)


def test_a_form_is_answered_to_its_end_and_begun_again(server: Server) -> None:
    found = measure(fill_in_form, server.url, 1, 6, 30)
    assert len(found.seconds) == 6
    (said,) = server.talks.values()
    assert said == [RECOMMEND, ANSWERS["needs"], ANSWERS["company_size"], "모르겠어요", RECOMMEND, ANSWERS["needs"]]


def test_the_table_says_how_many_times_better() -> None:
    def measured(milliseconds: float) -> Measured:
        return Measured(8, tuple([milliseconds / 1000] * 20), 2.0)

    ours = Numbers((measured(20),), 60.0, None, 10.0, {"rasa": 400.0, "gateway": 100.0}, measured(90))
    stock = Numbers((measured(50),), 600.0, "worked out", 20.0, {"rasa": 1500.0})
    lines = table(ours, stock).splitlines()
    assert "| one question, 8 users: median | 20.0 ms | 50.0 ms | 2.5 |" in lines
    assert "| one turn of the recommendation form, 8 users: 95th percentile | 90.0 ms |  |  |" in lines
    assert "| messages per second, 8 users | 10.0 /s | 10.0 /s | 1.0 |" in lines
    assert "| training | 60.0 s | 600 s | 10.0 |" in lines
    assert "| memory of all processes | 500 MB | 1,500 MB | 3.0 |" in lines
    assert "| — gateway | 100 MB |  |  |" in lines
    assert "Training of the stock Rasa: worked out." in lines
