"""Talking to the chat API, over a real HTTP server that answers what a test has told it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.relay import NO_ANSWER
from evaluation import __main__ as evaluation
from evaluation import beside_rasa, system
from evaluation.chat import connect
from evaluation.talks import LONGEST_FORM, Outcome, ask

Turn = dict[str, Any]
LATE = NO_ANSWER.format(centre="02-368-8787")


class ChatServer:
    """What stands for the gateway: every text gets the next answer; a number is a status to refuse with."""

    def __init__(self) -> None:
        self.url = ""
        self.said: list[list[str]] = []
        self.answer: Callable[[str], Turn | int] = lambda text: turn(text)


def turn(text: str, *, form: str | None = None, slot: str | None = None, **more: Any) -> Turn:
    expects = {"form": form, "slot": slot, "input": "text", "choices": []} if form else None
    return {"messages": [{"from": "bot", "text": text, **more}], "status": "bot", "expects": expects}


@pytest.fixture
def server() -> Iterator[ChatServer]:
    chat = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/conversations":
                chat.said.append([])
                self._send(201, {"id": str(len(chat.said)), "token": "t"})
                return
            chat.said[int(self.path.split("/")[3]) - 1].append(body["text"])
            found = chat.answer(body["text"])
            self._send(found, {}) if isinstance(found, int) else self._send(200, found)

        def _send(self, status: int, content: Turn) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *args: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    chat.url = f"http://127.0.0.1:{listening.server_port}"
    yield chat
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def http(server: ChatServer) -> Iterator[httpx.Client]:
    with connect(server.url) as http:
        yield http


QUESTION = {"text": "임치 비용", "program": 3, "topic": "cost", "expect_all": ["30만원"], "expect_any": []}
SOURCE = {"program": 3, "section": "수수료"}


def test_a_question_is_asked_once_in_a_talk_of_its_own(server: ChatServer, http: httpx.Client) -> None:
    server.answer = lambda text: turn("신규 30만원이에요", sources=[SOURCE])
    outcomes = [ask("facts", QUESTION, http) for _ in range(2)]
    assert [(outcome.right, outcome.programs, outcome.asked_again) for outcome in outcomes] == [(True, (3,), False)] * 2
    assert server.said == [["임치 비용"], ["임치 비용"]]


def test_of_several_turns_the_last_answer_counts(server: ChatServer, http: httpx.Client) -> None:
    item = {**QUESTION, "turns": ["임치가 뭐예요?", "비용은요?"]}
    server.answer = lambda text: turn("30만원이에요" if text == "임치가 뭐예요?" else "잘 모르겠어요")
    assert not ask("multi", item, http).right
    assert server.said == [["임치가 뭐예요?", "비용은요?"]]


def test_what_is_out_of_scope_may_be_refused(server: ChatServer, http: httpx.Client) -> None:
    item = {"text": "날씨 어때?", "kind": "other"}
    assert ask("oos", item, http).right
    server.answer = lambda text: 422
    assert ask("oos", item, http).right
    assert ask("facts", QUESTION, http).error == "HTTP 422"
    server.answer = lambda text: 500
    assert ask("oos", item, http) == Outcome(item, False, error="HTTP 500")


def test_an_act_is_seen_in_the_form_it_begins(server: ChatServer, http: httpx.Client) -> None:
    server.answer = lambda text: turn("언제였나요?", form="leak_report", slot="incident_date")
    assert ask("acts", {"text": "도면이 유출됐어요", "act": "report_leak"}, http).right


def test_a_late_engine_is_asked_once_more_and_that_is_counted(server: ChatServer, http: httpx.Client) -> None:
    answers = iter([turn(LATE), turn("30만원이에요", sources=[SOURCE])])
    server.answer = lambda text: next(answers)
    outcome = ask("facts", QUESTION, http)
    assert (outcome.right, outcome.asked_again, outcome.error) == (True, True, None)
    assert server.said == [["임치 비용"], ["임치 비용"]]


def test_an_engine_that_is_late_twice_is_an_error(server: ChatServer, http: httpx.Client) -> None:
    server.answer = lambda text: turn(LATE)
    outcome = ask("oos", {"text": "날씨 어때?"}, http)
    assert (outcome.right, outcome.asked_again) == (False, True)
    assert outcome.error == "NotInTime: Rasa did not answer"
    assert len(server.said) == 2


def test_a_company_is_led_through_the_form_to_its_cards(server: ChatServer, http: httpx.Client) -> None:
    card = {"type": "program", "number": 3, "verdict": "eligible"}
    answers = {
        "도면이 걱정돼요": turn("회사 규모가 어떻게 되나요?", form="recommendation", slot="company_size"),
        "중소기업이에요": turn("하도급을 받나요?", form="recommendation", slot="is_subcontractor"),
        "아니요": turn("이런 사업이 맞아요", cards=[card]),
    }
    server.answer = answers.__getitem__
    profile = {"size": "중소기업", "subcontractor": False}
    item = {"narrative": "도면이 걱정돼요", "profile": profile, "must_include": [3], "must_exclude": []}
    assert ask("recommend", item, http).right
    assert server.said == [["도면이 걱정돼요", "중소기업이에요", "아니요"]]
    assert ask("recommend", {**item, "must_include": [4]}, http).wrong == ["missed 4"]


def test_a_report_that_is_not_begun_by_what_was_told_is_begun_by_asking(server: ChatServer, http: httpx.Client) -> None:
    ticket = {"type": "ticket", "number": "T1", "contacts": []}
    answers = {
        "도면이 없어졌어요": turn("무엇이 궁금하세요?"),
        "기술유출 신고 접수하고 싶어요": turn("02-368-8787. 동의하시나요?", form="leak_report", slot="privacy_consent"),
        "네, 동의합니다": turn("접수됐어요", cards=[ticket]),
    }
    server.answer = answers.__getitem__
    item = {"turns": ["도면이 없어졌어요"], "expect_slots": {}, "expect_contacts": ["02-368-8787"], "handover": True}
    assert ask("leak", item, http).wrong == ["not begun by what was told"]


def test_a_form_that_goes_in_circles_is_left(server: ChatServer, http: httpx.Client) -> None:
    server.answer = lambda text: turn("언제였나요?", form="leak_report", slot="incident_date")
    item = {"turns": ["도면이 유출됐어요"], "expect_slots": {}, "expect_contacts": [], "handover": True}
    assert ask("leak", item, http).wrong == ["no ticket"]
    assert len(server.said[0]) == 1 + LONGEST_FORM


def test_a_job_beside_rasa_that_fails_is_one_sentence(
    server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(beside_rasa, "LOGS", tmp_path)
    monkeypatch.setattr(evaluation, "MODEL", tmp_path / "none.tar.gz")
    given = ["--base", server.url, "--only", "facts", "--limit", "1", "--alone"]
    assert evaluation.main(given) == 1
    said = capsys.readouterr().err
    assert said == f"\nThe job 'read' in the engine's environment failed: {tmp_path / 'read.log'} says why.\n"
    assert "Traceback" in (tmp_path / "read.log").read_text()


def test_a_system_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "ROOT", tmp_path)  # nothing to start there
    assert evaluation.main(["--only", "facts", "--limit", "1", "--alone"]) == 1
    assert capsys.readouterr().err == "\nThe system did not start: what it said is above.\n"
