"""From the bot to a person and back, over the real processes: staff work through the same stores as the desk does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from running_system import Chat, System, answers, sources_of, text_of

from bot.actions.stores import Stores, open_stores
from bot.conversations import encryption
from bot.conversations.store import Outgoing
from bot.settings import read_settings
from bot.tickets.words import JOINED, WITH_BOT
from bot.tickets.workflow import ANY_STAFF, Actor

KIM = Actor(ANY_STAFF, "kim", "김상담")
PERSON = "상담원이랑 얘기하고 싶어요"
QUESTION = "기술임치 수수료가 얼마예요?"
STORY = "어제 퇴사한 과장이 국가핵심기술 도면을 USB에 담아 갔어요"


@pytest.fixture
def desk(stack: System) -> Iterator[Stores]:
    """Return the stores of the running system, and Kim at the desk."""
    before = encryption._in_use
    stores = open_stores(read_settings(_env_file=None, var_dir=stack.var))
    stores.tickets.seen(KIM)
    yield stores
    stores.tickets.off_duty(KIM.id)
    stores.tickets._engine.dispose()
    encryption._in_use = before


def ticket_of(desk: Stores, user: Chat) -> dict[str, Any]:
    [ticket] = desk.tickets.of_conversation(user.id)
    return ticket


def talks_with_kim_and_returns(desk: Stores, user: Chat, ticket: dict[str, Any]) -> None:
    """Let Kim claim, reply and give back; the user reads the reply, and the bot is silent in between."""
    desk.tickets.claim(ticket["id"], KIM)
    joined = [Outgoing("system", JOINED.format(name=KIM.name))]
    desk.tickets.reply(ticket["id"], KIM, [Outgoing("staff", "안녕하세요, 김상담입니다.")], joined=joined)
    assert user.history()[-1]["text"] == "안녕하세요, 김상담입니다."
    assert answers(user.say(QUESTION)) == [], "the bot speaks while a person has the conversation"
    assert desk.tickets.get(ticket["id"])["user_wrote_at"] > ticket["user_wrote_at"]
    desk.tickets.give_back(ticket["id"], KIM, said=[Outgoing("system", "상담봇이 이어서 도와드려요.")])
    turn = user.say(QUESTION)
    assert sources_of(turn), f"the bot does not go on: {text_of(turn)}"
    assert turn["expects"] is None


def test_a_wish_for_a_person_and_back(desk: Stores, chat: Callable[[], Chat]) -> None:
    user = chat()
    user.say(QUESTION)
    turn = user.say(PERSON)
    ticket = ticket_of(desk, user)
    assert ticket["number"] in text_of(turn)
    assert ticket["context"]["question"]["text"] == QUESTION
    # In hours the user waits in the chat; off hours the ticket is there, and the bot stays.
    assert ticket["live"] is (turn["status"] == "waiting")
    talks_with_kim_and_returns(desk, user, ticket)
    assert ticket["number"] in text_of(user.say("상담원 연결해 주세요"))
    ticket_of(desk, user)


def test_from_inside_a_report_and_back(desk: Stores, chat: Callable[[], Chat]) -> None:
    user = chat()
    user.say(STORY)
    turn = user.say("네, 동의합니다")
    assert turn["expects"]["form"] == "leak_report"
    turn = user.say(PERSON)
    ticket = ticket_of(desk, user)
    assert ticket["number"] in text_of(turn)
    assert ticket["urgent"]
    assert ticket["brief"][0]["value"] == STORY
    assert [row["purpose"] for row in desk.tickets.consents_of(ticket["id"])] == ["report"]
    talks_with_kim_and_returns(desk, user, ticket)
    # The bot knows what happened: it does not begin again.
    turn = user.say("도면이 유출됐다니까요")
    assert ticket["number"] in text_of(turn)
    assert turn["expects"] is None
    turn = user.choose(turn, "새로 신고하기")
    assert turn["expects"]["slot"] == "privacy_consent"
    assert user.say("그만할래요")["expects"] is None
    assert sources_of(user.say(QUESTION))


def test_from_inside_a_call_back_and_back(desk: Stores, chat: Callable[[], Chat]) -> None:
    user = chat()
    turn = user.say("전화로 연락 주세요")
    assert turn["expects"]["form"] == "call_back"
    ticket = ticket_of(desk, user)
    turn = user.say("임치 수수료 얼마예요?")
    assert sources_of(turn)
    assert turn["expects"]["form"] == "call_back"
    turn = user.say("상담원이랑 얘기할래요")
    assert ticket["number"] in text_of(turn)
    talks_with_kim_and_returns(desk, user, ticket)


def test_a_call_back_left_for_the_chat_ends(desk: Stores, chat: Callable[[], Chat]) -> None:
    user = chat()
    user.say("전화로 연락 주세요")
    assert user.say("번호는 됐고 채팅으로 할게요")["expects"] is None
    assert sources_of(user.say(QUESTION))


def test_the_button_of_a_wait_that_is_over(desk: Stores, chat: Callable[[], Chat]) -> None:
    user = chat()
    offer = {"late": {"title": "봇과 계속 이야기하기", "payload": "/back_to_bot"}}
    desk.conversations.append(user.id, [Outgoing("bot", "연결하고 있어요.", offers=offer)])
    response = user.post(choice="late")
    assert text_of(response.json()) == WITH_BOT


def test_where_to_report_is_answered_with_the_offer_to_start(chat: Callable[[], Chat]) -> None:
    user = chat()
    turn = user.say("유출되면 어디에 신고해요?")
    assert turn["expects"] is None
    turn = user.choose(turn, "유출 신고 시작하기")
    assert turn["expects"]["slot"] == "privacy_consent"
