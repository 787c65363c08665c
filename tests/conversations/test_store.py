"""The store, against SQLite and PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.conversations.retention import delete_expired
from bot.conversations.store import Incoming, Outgoing, Page, Received, Store
from bot.errors import ConversationBusy, ConversationClosed, UnknownChoice, UnknownConversation

WAIT = timedelta(seconds=15)
SECRET = "설계도를 김철수가 가져갔어요"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> Store:
    return Store(engine, lifetime=timedelta(days=30), clock=clock)


@pytest.fixture
def conversation(store: Store) -> str:
    return store.create("web")[0]


def said(text: str, client_id: str = "a", **more: Any) -> Incoming:
    return Incoming(client_id, text, text, **more)


def receive(store: Store, conversation: str, incoming: Incoming) -> Received:
    received = store.receive(conversation, incoming, wait=WAIT)
    assert isinstance(received, Received)
    return received


def turn(store: Store, conversation: str, text: str, client_id: str, *answers: Outgoing) -> Page:
    page = store.answer(
        conversation, receive(store, conversation, said(text, client_id)), answers or [Outgoing("bot", "네")]
    )
    assert page is not None
    return page


def test_a_token_opens_its_own_conversation_only(store: Store) -> None:
    (mine, token), (other, _) = store.create("web"), store.create("web")
    store.check(mine, token or "")
    for conversation, wrong in ((other, token), (mine, "x"), ("0" * 32, token), (mine, "토큰\ud800")):
        with pytest.raises(UnknownConversation):
            store.check(conversation, wrong or "")


def test_ids_and_tokens_are_long_random_ascii(store: Store) -> None:
    made = [store.create("web") for _ in range(20)]
    assert len({id for id, _ in made} | {token for _, token in made}) == 40
    assert all(len(id) == 32 and id.isascii() and len(token or "") >= 43 for id, token in made)


def test_a_turn_is_stored_in_order_and_read_back(store: Store, conversation: str) -> None:
    first = turn(
        store, conversation, "안녕하세요", "a", Outgoing("bot", "반가워요"), Outgoing("bot", "무엇을 도와드릴까요?")
    )
    second = turn(
        store,
        conversation,
        "임치 비용",
        "b",
        Outgoing("bot", "30만원", sources=[{"program": 3, "section": "신청기간"}]),
    )
    assert [(m["seq"], m["from"], m["text"]) for m in first.messages] == [
        (1, "user", "안녕하세요"),
        (2, "bot", "반가워요"),
        (3, "bot", "무엇을 도와드릴까요?"),
    ]
    assert store.history(conversation).messages == first.messages + second.messages
    assert [m["seq"] for m in store.history(conversation, after=3).messages] == [4, 5]
    assert second.messages[1]["sources"] == [{"program": 3, "section": "신청기간"}]


def test_the_same_id_again_gives_the_stored_answer(store: Store, conversation: str) -> None:
    expects = {"form": "recommendation", "slot": "company_size"}
    page = turn(
        store, conversation, "추천", "a", Outgoing("bot", "규모는요?", expects=expects), Outgoing("bot", "골라 주세요")
    )
    again = store.receive(conversation, said("다른 말", "a"), wait=WAIT)
    assert again == page
    assert page.expects == expects
    assert len(store.history(conversation).messages) == 3


def test_an_id_belongs_to_its_conversation(store: Store, conversation: str) -> None:
    other = store.create("web")[0]
    turn(store, conversation, "하나", "a")
    assert receive(store, other, said("둘", "a")).seq == 1


def test_while_a_message_waits_for_its_answer_nothing_else_is_taken(
    store: Store, conversation: str, clock: Clock
) -> None:
    received = receive(store, conversation, said("하나", "a"))
    for client_id in ("a", "b"):
        with pytest.raises(ConversationBusy):
            store.receive(conversation, said("둘", client_id), wait=WAIT)
    store.answer(conversation, received, [Outgoing("bot", "네")])
    assert receive(store, conversation, said("둘", "b")).seq == 3


def test_a_message_whose_gateway_died_is_answered_by_the_next(store: Store, conversation: str, clock: Clock) -> None:
    dead = receive(store, conversation, said("하나", "a"))
    clock.now += WAIT + timedelta(seconds=1)
    resumed = receive(store, conversation, said("하나", "a"))
    assert (resumed.seq, resumed.resumed, resumed.for_engine) == (dead.seq, True, "하나")
    page = store.answer(conversation, resumed, [Outgoing("bot", "네")])
    assert store.answer(conversation, dead, [Outgoing("bot", "늦은 답")]) is None, (
        "the dead one's answer comes too late"
    )
    assert store.receive(conversation, said("하나", "a"), wait=WAIT) == page


def test_a_later_message_is_taken_after_an_unanswered_one(store: Store, conversation: str, clock: Clock) -> None:
    receive(store, conversation, said("하나", "a"))
    clock.now += WAIT + timedelta(seconds=1)
    assert receive(store, conversation, said("둘", "b")).seq == 2


def test_a_choice_is_what_was_offered_here(store: Store, conversation: str) -> None:
    offer = {"c1": {"title": "중소기업", "payload": '/inform{"company_size": "sme"}'}}
    turn(
        store,
        conversation,
        "추천",
        "a",
        Outgoing("bot", "규모는요?", buttons=[{"title": "중소기업", "choice": "c1"}], offers=offer),
    )
    received = receive(store, conversation, Incoming("b", choice="c1"))
    assert received.for_engine == '/inform{"company_size": "sme"}'
    assert received.shown[0]["text"] == "중소기업"
    assert "payload" not in str(store.history(conversation).messages)
    other = store.create("web")[0]
    for where, choice in ((other, "c1"), (conversation, "c2"), (conversation, "/restart")):
        with pytest.raises((UnknownChoice, ConversationBusy)):
            store.receive(where, Incoming("c", choice=choice), wait=WAIT)
    assert store.history(other).messages == [], "a refused choice leaves nothing behind"


def test_a_note_to_the_user_follows_the_message(store: Store, conversation: str) -> None:
    received = receive(store, conversation, said("[주민등록번호 가림]", "a", notes=("가렸어요.",)))
    page = store.answer(conversation, received, [Outgoing("bot", "네")])
    assert page is not None
    assert [(m["seq"], m["from"]) for m in page.messages] == [(1, "user"), (2, "system"), (3, "bot")]
    assert store.receive(conversation, said("x", "a"), wait=WAIT) == page


def test_a_person_has_the_conversation_and_the_bot_is_silent(store: Store, conversation: str) -> None:
    store.append(conversation, [Outgoing("system", "상담원을 연결하고 있어요.")], status="waiting")
    received = receive(store, conversation, said("여보세요", "a"))
    assert (received.status, received.lease) == ("waiting", None)
    again = store.receive(conversation, said("여보세요", "a"), wait=WAIT)
    assert isinstance(again, Page)
    assert [m["text"] for m in again.messages] == ["여보세요"]
    page = store.append(conversation, [Outgoing("staff", "안녕하세요")], status="human")
    assert page.status == "human"
    assert [m["from"] for m in store.history(conversation).messages] == ["system", "user", "staff"]


def test_a_closed_conversation_takes_nothing_more_but_repeats_answers(store: Store, conversation: str) -> None:
    page = turn(store, conversation, "하나", "a")
    store.append(conversation, [], status="closed")
    with pytest.raises(ConversationClosed):
        store.receive(conversation, said("둘", "b"), wait=WAIT)
    again = store.receive(conversation, said("하나", "a"), wait=WAIT)
    assert isinstance(again, Page)
    assert again.messages == page.messages


def test_an_expired_conversation_is_as_unknown_as_one_that_never_was(store: Store, clock: Clock) -> None:
    conversation, token = store.create("web")
    clock.now += timedelta(days=29)
    turn(store, conversation, "아직", "a")
    clock.now += timedelta(days=29)
    store.check(conversation, token or "")
    clock.now += timedelta(days=2)
    for call in (
        lambda: store.check(conversation, token or ""),
        lambda: store.history(conversation),
        lambda: store.receive(conversation, said("둘", "b"), wait=WAIT),
    ):
        with pytest.raises(UnknownConversation):
            call()


@pytest.mark.parametrize("copies", [8])
def test_the_same_message_many_times_at_once_is_stored_once(
    engine: Engine, second_engine: Callable[[], Engine], conversation: str, copies: int
) -> None:
    stores = [Store(second_engine()) for _ in range(copies)]
    gate = threading.Barrier(copies)

    def send(store: Store) -> str:
        gate.wait()
        try:
            received = store.receive(conversation, said("하나", "a"), wait=WAIT)
        except ConversationBusy:
            return "busy"
        return "taken" if isinstance(received, Received) else "repeat"

    # The fixture's clock stands in 2026-03; these stores use the real one.
    now = datetime.now(UTC)
    for store in stores:
        store._clock = lambda: now.replace(year=2026, month=3, day=2)
    with ThreadPoolExecutor(copies) as threads:
        results = list(threads.map(send, stores))
    assert results.count("taken") == 1
    assert results.count("busy") == copies - 1
    assert len(stores[0].history(conversation).messages) == 1


def test_different_messages_at_once_lose_none(
    engine: Engine, second_engine: Callable[[], Engine], clock: Clock
) -> None:
    stores = [Store(second_engine(), clock=clock) for _ in range(6)]
    conversations = [stores[0].create("web")[0] for _ in stores]

    def talk(store: Store, conversation: str) -> None:
        for number in range(10):
            turn(store, conversation, f"{number}", f"{number}")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(talk, stores, conversations))
    for conversation in conversations:
        assert [m["seq"] for m in stores[0].history(conversation).messages] == list(range(1, 21))


def test_no_text_is_readable_in_the_database(store: Store, conversation: str, engine: Engine) -> None:
    offer = {"c1": {"title": SECRET, "payload": SECRET}}
    turn(
        store,
        conversation,
        SECRET,
        "a",
        Outgoing("bot", SECRET, cards=[{"type": "ticket", "number": SECRET}], offers=offer),
    )
    store.append(conversation, [Outgoing("system", SECRET)])
    found = b""
    with engine.connect() as connection:
        for table in ("conversations", "messages", "choices"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                found += b"|".join(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row
                )
    assert len(found) > 300
    assert SECRET.encode() not in found
    assert "김철수".encode() not in found


def test_idle_conversations_go_with_everything_in_them(
    store: Store, clock: Clock, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    offer = {"c1": {"title": "x", "payload": "y"}}
    for _ in range(3):
        turn(store, store.create("web")[0], SECRET, "a", Outgoing("bot", "네", offers=offer))
    clock.now += timedelta(days=91)
    active = store.create("web")[0]
    turn(store, active, "안녕", "a")
    assert delete_expired(store, days=90) == {"conversations": 3, "messages": 6, "choices": 3}
    assert [m["text"] for m in store.history(active).messages] == ["안녕", "네"]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar() == 2
    assert "deleted 3 conversations idle for more than 90 days" in caplog.text
    assert SECRET not in caplog.text
    assert delete_expired(store, days=90) == {"conversations": 0, "messages": 0, "choices": 0}


def test_retention_works_through_more_than_one_batch(store: Store, clock: Clock) -> None:
    for _ in range(7):
        store.create("web")
    clock.now += timedelta(days=91)
    assert store.delete_idle(timedelta(days=90), batch=3)["conversations"] == 7


def test_one_conversation_can_be_deleted(store: Store, conversation: str) -> None:
    turn(store, conversation, "하나", "a")
    store.delete(conversation)
    with pytest.raises(UnknownConversation):
        store.history(conversation)


def test_the_store_says_that_it_is_there(store: Store) -> None:
    store.ping()
