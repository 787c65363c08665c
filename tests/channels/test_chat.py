"""The chat API as an outsider uses it, over a real port."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import TypeAdapter
from running_gateway import Gateway, RasaServer, Visitor

from channels.messages import Error, Turn

TURN = TypeAdapter(Turn)


def texts(turn: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["from"], message["text"]) for message in turn["messages"]]


def test_a_turn_has_the_agreed_form(visitor: Visitor, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [
        {"recipient_id": body["sender"], "text": "규모는요?", "buttons": [{"title": "중소기업", "payload": "/inform{}"}]},
        {"recipient_id": body["sender"], "custom": {
            "sources": [{"program": 3, "section": "신청기간"}],
            "cards": [{"type": "program", "number": 3, "verdict": "unknown", "reasons": [{"condition": "중소기업", "met": None}]}],
            "expects": {"form": "recommendation", "slot": "company_size", "input": "choice", "step": 1, "of": 5,
                        "choices": [{"title": "중소기업", "payload": "/inform{}"}]},
        }},
    ]  # fmt: skip
    turn = visitor.say("추천해 주세요")
    TURN.validate_python(turn)
    assert turn["status"] == "bot"
    user, bot = turn["messages"]
    assert (user["from"], user["text"], user["id"], user["seq"]) == ("user", "추천해 주세요", "m1", 1)
    assert bot["buttons"] == turn["expects"]["choices"]
    assert bot["sources"] == [{"program": 3, "section": "신청기간"}]
    assert bot["cards"][0]["reasons"] == [{"condition": "중소기업", "met": None}]
    assert "payload" not in str(turn)
    assert "/inform" not in str(turn)
    assert turn["expects"]["form"] == "recommendation"
    assert visitor.history() == turn


def test_rasa_gets_the_text_with_the_conversation_as_its_sender(visitor: Visitor, rasa: RasaServer) -> None:
    visitor.say("임치 비용 얼마예요?")
    (body,) = rasa.received
    assert (body["sender"], body["message"]) == (visitor.id, "임치 비용 얼마예요?")
    assert body["metadata"] == {"client_id": "m1", "seq": 1, "resumed": False, "may_report": True}


def test_rasa_is_shown_the_secret(start_gateway: Callable[..., Gateway], rasa: RasaServer) -> None:
    Visitor(start_gateway(engine_secret="s" * 40)).say("안녕")
    assert rasa.headers[0]["X-Ultari-Secret"] == "s" * 40


def test_a_choice_sends_its_payload_and_shows_its_title(visitor: Visitor, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [
        {"text": "규모는요?", "buttons": [{"title": "중소기업", "payload": '/inform{"company_size": "sme"}'}]}
    ]
    choice = visitor.say("추천")["messages"][1]["buttons"][0]["choice"]
    turn = visitor.post({"id": "c1", "choice": choice}).json()
    assert rasa.messages[1] == '/inform{"company_size": "sme"}'
    assert texts(turn)[0] == ("user", "중소기업")


def test_a_choice_of_another_conversation_is_refused(gateway: Gateway, visitor: Visitor, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [{"text": "규모는요?", "buttons": [{"title": "중소기업", "payload": "/inform{}"}]}]
    choice = visitor.say("추천")["messages"][1]["buttons"][0]["choice"]
    other = Visitor(gateway)
    for refused in (choice, "x", "/restart"):
        response = other.post({"id": "c1", "choice": refused})
        assert (response.status_code, response.json()["error"]["code"]) == (422, "unknown_choice")
    assert len(rasa.received) == 1
    assert other.history()["messages"] == []


def test_the_same_id_again_gives_the_same_answer_and_asks_rasa_once(visitor: Visitor, rasa: RasaServer) -> None:
    first = visitor.post({"id": "once", "text": "안녕"})
    again = visitor.post({"id": "once", "text": "안녕"})
    assert again.json() == first.json()
    assert len(rasa.received) == 1


def test_the_same_id_at_once_gives_the_same_answer_and_asks_rasa_once(visitor: Visitor, rasa: RasaServer) -> None:
    rasa.seconds = 0.3
    with ThreadPoolExecutor(5) as threads:
        replies = list(threads.map(lambda _: visitor.post({"id": "once", "text": "안녕"}), range(5)))
    assert [reply.status_code for reply in replies] == [200] * 5
    assert all(reply.json() == replies[0].json() for reply in replies)
    assert len(rasa.received) == 1


def test_messages_of_one_conversation_are_answered_one_at_a_time(visitor: Visitor, rasa: RasaServer) -> None:
    rasa.seconds = 0.1
    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(lambda n: visitor.post({"id": f"p{n}", "text": f"{n}"}), range(6)))
    assert [reply.status_code for reply in replies] == [200] * 6
    assert not rasa.overlapped
    messages = visitor.history()["messages"]
    assert [message["seq"] for message in messages] == list(range(1, 13))
    assert [message["from"] for message in messages] == ["user", "bot"] * 6


def test_conversations_do_not_wait_for_each_other(gateway: Gateway, rasa: RasaServer) -> None:
    rasa.seconds = 0.5
    visitors = [Visitor(gateway) for _ in range(6)]
    started = time.perf_counter()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda visitor: visitor.say("안녕"), visitors))
    assert time.perf_counter() - started < 2


def test_two_gateways_on_one_database_take_turns(start_gateway: Callable[..., Gateway], rasa: RasaServer) -> None:
    first, second = start_gateway(), start_gateway()
    visitor = Visitor(first)
    rasa.seconds = 0.3

    def send(number: int) -> Any:
        with (first, second)[number % 2].client(headers=dict(visitor.http.headers)) as http:
            return http.post(
                f"{visitor.path}/messages", json={"id": f"p{number // 2}", "text": f"{number // 2}"}
            ).json()

    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(send, range(6)))
    assert not rasa.overlapped
    assert len(rasa.received) == 3
    assert all(replies[number] == replies[number + 1] for number in (0, 2, 4))


@pytest.mark.parametrize("trouble", ["status", "not_json", "not_a_list", "nothing", "down", "slow"])
def test_when_rasa_does_not_answer_the_user_gets_the_number_and_the_message_is_kept(
    start_gateway: Callable[..., Gateway], rasa: RasaServer, trouble: str
) -> None:
    more: dict[str, Any] = {"rasa_timeout": 0.5}
    match trouble:
        case "status":
            rasa.status = 500
        case "not_json":
            rasa.answer = lambda body: b"<html>"
        case "not_a_list":
            rasa.answer = lambda body: b'{"text": "x"}'
        case "nothing":
            rasa.answer = lambda body: []
        case "down":
            more["rasa_url"] = "http://127.0.0.1:9"
        case "slow":
            rasa.seconds = 3
    visitor = Visitor(start_gateway(**more))
    started = time.perf_counter()
    turn = visitor.say("도면이 유출됐어요")
    assert time.perf_counter() - started < 2
    assert texts(turn)[0] == ("user", "도면이 유출됐어요")
    assert "02-368-8787" in turn["messages"][1]["text"]
    assert visitor.history() == turn
    assert visitor.post({"id": "m1", "text": "도면이 유출됐어요"}).json() == turn


def test_a_hidden_number_never_arrives_anywhere(visitor: Visitor, rasa: RasaServer) -> None:
    turn = visitor.say("제 번호는 ９００１０１ - 1234567 이고 전화는 010-1234-5678이에요")
    assert [sender for sender, _ in texts(turn)] == ["user", "system", "bot"]
    assert "주민등록번호로 보이는" in turn["messages"][1]["text"]
    assert "1234567" not in str(turn).replace("010-1234-5678", "")
    assert "1234567" not in rasa.messages[0]
    assert "010-1234-5678" in rasa.messages[0]


def test_the_talk_survives_a_restart(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway()
    visitor = Visitor(gateway)
    turn = visitor.say("안녕하세요")
    gateway.stop()
    start_gateway(port=int(gateway.url.rsplit(":", 1)[1]))
    assert visitor.history() == turn
    assert visitor.say("또 왔어요")["messages"][0]["seq"] == 3


def test_another_conversation_answers_just_as_one_that_does_not_exist(gateway: Gateway, visitor: Visitor) -> None:
    other = Visitor(gateway)
    bodies = set()
    for path in (
        other.path,
        "/api/conversations/" + "0" * 32,
        "/api/conversations/x",
        "/api/conversations/%00",
        "/api/conversations/한글",
    ):
        for method, suffix, body in (
            ("GET", "messages", None),
            ("POST", "messages", {"id": "a", "text": "x"}),
            ("GET", "events", None),
        ):
            response = visitor.http.request(method, f"{path}/{suffix}", json=body)
            bodies.add((response.status_code, response.text))
    assert len(bodies) == 1
    assert next(iter(bodies))[0] == 404


def test_without_a_token_nothing_is_told(gateway: Gateway, visitor: Visitor) -> None:
    with gateway.client() as stranger:
        for header in (
            {},
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": f"Basic {visitor.token}"},
        ):
            response = stranger.get(f"{visitor.path}/messages", headers=header)
            assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert stranger.get(f"{visitor.path}/messages", params={"token": visitor.token}).status_code == 401


def test_a_person_has_the_conversation_and_rasa_is_not_asked(
    start_gateway: Callable[..., Gateway], rasa: RasaServer
) -> None:
    from bot.conversations.database import make_engine
    from bot.conversations.store import Outgoing, Store

    gateway = start_gateway()
    visitor = Visitor(gateway)
    Store(make_engine(gateway.settings)).append(
        visitor.id, [Outgoing("system", "상담원을 부르고 있어요.")], status="waiting"
    )
    turn = visitor.say("여보세요")
    assert (turn["status"], texts(turn), rasa.received) == ("waiting", [("user", "여보세요")], [])


def test_programs_are_told(gateway: Gateway) -> None:
    with gateway.client() as http:
        programs = http.get("/api/programs").json()
        assert [program["number"] for program in programs] == list(range(1, 15))
        escrow = http.get("/api/programs/3").json()
        assert escrow["name"] == "기술자료 임치제도"
        assert escrow["facts"]
        for missing in ("0", "15", "99999999999999999999"):
            assert http.get(f"/api/programs/{missing}").status_code == 404
        assert http.get("/api/programs/x").status_code == 422


def test_health_tells_strangers_only_ok_or_not(start_gateway: Callable[..., Gateway], rasa: RasaServer) -> None:
    gateway = start_gateway()
    with gateway.client() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"status": "ok"}
    with start_gateway(rasa_url="http://127.0.0.1:9").client() as http:
        assert http.get("/healthz").status_code == 200
        response = http.get("/readyz")
        assert (response.status_code, response.json()) == (503, {"status": "not ok"})


def test_the_api_is_described(gateway: Gateway) -> None:
    with gateway.client() as http:
        description = http.get("/openapi.json").json()
    paths = description["paths"]
    assert {"/api/conversations", "/api/conversations/{conversation_id}/messages", "/api/conversations/{conversation_id}/events",
            "/api/programs", "/api/programs/{number}"} <= set(paths)  # fmt: skip
    assert "201" in paths["/api/conversations"]["post"]["responses"]
    message = description["components"]["schemas"]["Message"]
    assert {"seq", "from", "text", "buttons", "cards", "sources", "at"} <= set(message["properties"])


def test_errors_have_one_form(visitor: Visitor) -> None:
    adapter = TypeAdapter(Error)
    for response in (
        visitor.post({}),
        visitor.http.get("/nothing"),
        visitor.http.delete(f"{visitor.path}/messages"),
        visitor.post({"id": "a", "text": ""}),
    ):
        assert response.status_code >= 400
        adapter.validate_python(response.json())


def test_stopping_waits_for_answers_under_way(start_gateway: Callable[..., Gateway], rasa: RasaServer) -> None:
    gateway = start_gateway()
    visitor = Visitor(gateway)
    rasa.seconds = 0.6
    replies: list[Any] = []
    thread = threading.Thread(target=lambda: replies.append(visitor.say("안녕")))
    thread.start()
    time.sleep(0.2)
    gateway.stop()
    thread.join()
    assert texts(replies[0])[1][0] == "bot"
