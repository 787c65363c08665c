"""What strangers send changes nothing, crashes nothing, and is never a command."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from running_gateway import Gateway, RasaServer, Visitor

BAD_BODIES: list[Any] = [
    b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff\xfe", b"\x00" * 100, b'{"id": "a"}', b'{"text": "a"}', b'{"id": 1, "text": "a"}',
    b'{"id": "a", "text": 1}', b'{"id": "a", "text": null}', b'{"id": "a", "text": ["a"]}', b'{"id": "a", "text": {"a": 1}}', b'{"id": "", "text": "a"}',
    b'{"id": "a b", "text": "a"}', b'{"id": "\xea\xb0\x80", "text": "a"}', b'{"id": "a\\u0000", "text": "a"}', b'{"id": "a\\ud800", "text": "a"}',
    b'{"id": "' + b"a" * 65 + b'", "text": "a"}', b'{"id": "a", "text": "a", "choice": "b"}', b'{"id": "a", "text": "a", "more": 1}', b'{"id": "a", "choice": ""}',
    b'{"id": "a", "choice": "\\ud800"}', b'{"id": "a", "choice": 5}', b'{"id": "a", "text": ' + b"9" * 9000 + b"}", b'{"id": "a", "text": NaN}',
    b"[" * 60000, b'{"a":' * 9000, b'{"id": "a", "text": "a"}}', b"id=a&text=b",
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: ascii(body[:24]))
def test_a_body_of_the_wrong_shape_is_refused(visitor: Visitor, rasa: RasaServer, body: bytes) -> None:
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        response = visitor.http.post(f"{visitor.path}/messages", content=body, headers={"Content-Type": content_type})
        assert 400 <= response.status_code < 500, response.text
        assert set(response.json()) == {"error"}
    assert rasa.received == []
    assert visitor.history()["messages"] == []


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\x00", "가" * 2001, "\u3164"])
def test_a_text_that_cannot_be_taken_is_refused_with_a_sentence(visitor: Visitor, text: str) -> None:
    response = visitor.post({"id": "a", "text": text})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == ("text_too_long" if len(text) > 100 else "text_empty")
    assert response.json()["error"]["message"].endswith("요.")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused_before_it_is_read(visitor: Visitor, chunked: bool) -> None:
    body = json.dumps({"id": "a", "text": "가" * 1_000_000}).encode()

    def parts() -> Any:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    response = visitor.http.post(f"{visitor.path}/messages", content=parts() if chunked else body)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    assert visitor.say("안녕")["status"] == "bot"


@pytest.mark.parametrize("length", [b"99999999999999999999", b"-1", b"x", b"1e3"])
def test_a_false_length_is_refused(gateway: Gateway, length: bytes) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
        assert line.recv(1000).split(b" ")[1].startswith(b"4")
    with gateway.client() as http:
        assert http.get("/healthz").status_code == 200


BLANKS = ["", " ", "\t", "\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u202f", "\u205f", "\u3000", "\u200b",
          "\u2060", "\ufeff", "\u00ad", "\u202e", "\x00", "\u3164", "\ufe0f", "\u0301"]  # fmt: skip
COMMANDS = ["/restart", "/session_start", '/inform{"privacy_consent": true}', "／restart", "//restart"]


def test_commands_behind_every_kind_of_space_reach_rasa_as_words(visitor: Visitor, rasa: RasaServer) -> None:
    for blank in BLANKS:
        for command in COMMANDS:
            turn = visitor.say(blank + command)
            assert turn["messages"][1]["from"] == "bot"
    assert len(rasa.messages) == len(BLANKS) * len(COMMANDS)
    for message in rasa.messages:
        assert message[0].isalnum(), ascii(message)


def test_a_lone_surrogate_is_dropped_and_the_rest_is_answered(visitor: Visitor, rasa: RasaServer) -> None:
    raw = b'{"id": "s1", "text": "\\ud83d\\ub3c4\\uba74\\udc00 \\ud83d\\ude00"}'
    response = visitor.http.post(f"{visitor.path}/messages", content=raw, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert rasa.messages == ["도면 😀"]


@pytest.mark.parametrize(
    "header",
    [{"Last-Event-ID": "x"}, {"Last-Event-ID": "-1"}, {"Last-Event-ID": "9" * 19}, {"Authorization": "Bearer \xff"}],
)
def test_odd_headers_crash_nothing(visitor: Visitor, header: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in header.items()}
    with visitor.http.stream("GET", f"{visitor.path}/events", headers=encoded) as response:  # type: ignore[arg-type]
        assert response.status_code in (200, 404, 422)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "99999999999999999999", "", "%00"])
def test_a_wrong_place_in_the_history_is_refused(visitor: Visitor, after: str) -> None:
    assert visitor.http.get(f"{visitor.path}/messages?after={after}").status_code == 422


def test_every_response_carries_the_security_headers(gateway: Gateway, visitor: Visitor) -> None:
    visitor.say("안녕")
    responses = [
        visitor.http.get("/"), visitor.http.get("/privacy"), visitor.http.get("/widget.js"), visitor.http.get("/pages.css"), visitor.http.get("/healthz"),
        visitor.history and visitor.http.get(f"{visitor.path}/messages"), visitor.http.get("/nothing"), visitor.http.put("/api/conversations"),
        visitor.post({}), visitor.post({"id": "a", "text": "a" * 70_000}), visitor.http.get("/openapi.json"), visitor.http.options("/api/conversations"),
    ]  # fmt: skip
    for response in responses:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors" in policy
        assert "unsafe" not in policy
        assert "server" not in response.headers
    for response in responses[5:10]:
        assert response.headers["Cache-Control"] == "no-store"


def test_only_listed_portals_may_read_and_frame(start_gateway: Callable[..., Gateway]) -> None:
    portal, stranger = "https://portal.example.go.kr", "https://evil.example"
    gateway = start_gateway(allowed_origins=(portal,))
    with gateway.client() as http:
        for origin, allowed in ((portal, portal), (stranger, None)):
            asked = http.options(
                "/api/conversations",
                headers={
                    "Origin": origin,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization,content-type",
                },
            )
            assert asked.headers.get("Access-Control-Allow-Origin") == allowed
            answered = http.post("/api/conversations", headers={"Origin": origin})
            assert answered.headers.get("Access-Control-Allow-Origin") == allowed
            refused = http.post("/api/conversations/x/messages", json={}, headers={"Origin": origin})
            assert refused.headers.get("Access-Control-Allow-Origin") == allowed
        assert f"frame-ancestors 'self' {portal};" in http.get("/").headers["Content-Security-Policy"] + ";"
        assert "frame-ancestors 'none'" in http.get("/api/programs").headers["Content-Security-Policy"]


def test_no_words_and_no_token_in_the_log(visitor: Visitor, rasa: RasaServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for name in ("httpx", "httpcore"):
        caplog.set_level("WARNING", logger=name)
    visitor.say("김철수 010-1234-5678 도면 유출")
    rasa.status = 500
    visitor.say("김철수 또 유출")
    visitor.post({"id": "a", "text": ["김철수"]})
    assert visitor.id in caplog.text, "ids are logged, so that a fault can be found"
    for secret in ("김철수", "유출", "1234", visitor.token):
        assert secret not in caplog.text


def test_a_fault_inside_is_told_without_quoting(
    gateway: Gateway, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> Any:
        raise ValueError(text)

    monkeypatch.setattr("channels.chat.clean", fail)
    response = visitor.post({"id": "a", "text": "김철수가 훔쳤어요"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "ValueError" in caplog.text
    assert "chat.py" in caplog.text
    assert "김철수" not in caplog.text + response.text
