"""`POST /api/tickets/lookup`, and what a person and a waiting user see over the chat API."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import pytest
from running_gateway import Gateway, RasaServer, Visitor

from bot.conversations.database import make_engine
from bot.conversations.store import Outgoing, Store
from bot.tickets.store import Created, NewTicket, TicketStore
from bot.tickets.workflow import ANY_STAFF, Actor
from bot.tickets.working_hours import WorkingHours

KIM = Actor(ANY_STAFF, "kim", "김상담")
PATH = "/api/tickets/lookup"


@pytest.fixture
def tickets(gateway: Gateway) -> Iterator[TicketStore]:
    engine = make_engine(gateway.settings)
    yield TicketStore(engine, Store(engine), WorkingHours(time(9), time(18)))
    engine.dispose()


def make(tickets: TicketStore, **values: Any) -> Created:
    given = {"key": f"test:{id(values)}:{tickets.last_change()}", "kind": "leak", "channel": "web"}
    return tickets.create(NewTicket(**(given | values)))


def test_number_and_pin_show_the_state_and_nothing_personal(gateway: Gateway, tickets: TicketStore) -> None:
    created = make(tickets, contact={"name": "김예시"}, brief=[{"field": "suspect", "value": "과장"}])
    answer = gateway.client().post(PATH, json={"number": created.ticket["number"].lower(), "pin": created.pin})
    assert answer.status_code == 200
    assert set(answer.json()) == {"number", "kind", "state", "created_at", "changed_at", "due_at"}
    assert answer.json()["state"] == "new"


def test_wrong_number_wrong_pin_and_nonsense_answer_alike(gateway: Gateway, tickets: TicketStore) -> None:
    number = make(tickets).ticket["number"]
    bodies = [
        {"number": number, "pin": "000000"},
        {"number": "AB-000000", "pin": "000000"},
        {"number": "x", "pin": "y"},
    ]
    answers = [gateway.client().post(PATH, json=body) for body in bodies]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    "body", [{}, {"number": "AB-123456"}, {"number": 1, "pin": 2}, [], "x", {"number": "A" * 99, "pin": "1"}]
)
def test_another_shape_is_refused(gateway: Gateway, body: Any) -> None:
    assert gateway.client().post(PATH, json=body).status_code == 422


def test_guessing_is_slowed_down(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(limits=True, limit_lookups_address="3/minute")
    client = gateway.client()
    codes = [client.post(PATH, json={"number": "AB-123456", "pin": "000000"}).status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]


def test_wrong_pins_end_even_with_limits_off(start_gateway: Callable[..., Gateway]) -> None:
    client = start_gateway().client()
    answers = [client.post(PATH, json={"number": "AB-123456", "pin": "000000"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_while_a_person_has_the_conversation_rasa_hears_nothing(
    visitor: Visitor, tickets: TicketStore, rasa: RasaServer
) -> None:
    ticket = make(tickets, kind="consultation", conversation_id=visitor.id, live=True).ticket
    tickets.claim(ticket["id"], KIM, said=[Outgoing("system", "김상담 상담원이 연결됐어요.")])
    turn = visitor.say("들리세요?")
    assert turn["status"] == "human"
    assert [message["from"] for message in turn["messages"]] == ["user"]
    tickets.reply(ticket["id"], KIM, [Outgoing("staff", "네, 말씀하세요.")])
    assert [message["text"] for message in visitor.history()["messages"]][-1] == "네, 말씀하세요."
    assert rasa.received == []
    tickets.give_back(ticket["id"], KIM, said=[Outgoing("system", "이제 봇이 도와드려요.")])
    assert visitor.say("임치가 뭐예요")["status"] == "bot"
    assert rasa.messages == ["임치가 뭐예요"]
