"""Nothing is lost to a kill in the middle, a passing error, or a limit."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.conversations.store import Outgoing
from channels.relay import Relay
from channels.telegram import service, words
from channels.telegram.moves import Moves
from tests.telegram import script
from tests.telegram.bot_api import Sent
from tests.telegram.conftest import MODES, Alone
from tests.telegram.test_talk import until


def killed_while_rasa_answers(own: Alone, message: str) -> None:
    """End the process at the moment at which Rasa is asked this, once, and start it again."""
    killed: list[str] = []

    def answer(body: dict[str, Any]) -> script.Answer:
        if body["message"] == message and not killed:
            killed.append(message)
            own.channel.kill()
        return script.answer(body)

    own.rasa.answer = answer
    until(lambda: killed, 40)
    own.channel.start()


def killed_while_sending(own: Alone, text: str) -> None:
    """End the process at the moment at which a message with these words goes out, and start it again."""
    killed: list[str] = []

    def kill(params: dict[str, Any]) -> bool:
        if text not in params["text"] or killed:
            return False
        killed.append(text)
        own.channel.kill()
        return True

    own.api.fail("sendMessage", drop="before", when=kill)
    until(lambda: killed, 40)
    own.channel.start()


def got(own: Alone, number: int) -> Sent:
    """Return the latest of so many messages, when the channel has noted that they are there."""
    sent = own.user().got(number, seconds=40)
    until(lambda: not own.channel.store.with_news())
    return sent[-1]


def said(own: Alone) -> list[str]:
    return [text for who, text in own.channel.texts(own.user().chat) if who == "user"]


@pytest.mark.parametrize("mode", MODES)
def test_killed_during_a_press_and_a_contact(alone: Callable[..., Alone], mode: str) -> None:
    own = alone(mode)
    own.channel.start()
    user = own.user()
    user.says("/report")
    user.presses(got(own, 1), "동의해요")
    killed_while_rasa_answers(own, "/agree")
    question = got(own, 2)
    assert question.text == "전화번호를 알려 주세요."
    assert question.markup["keyboard"][0][0]["request_contact"]
    user.shares("821012345678")
    killed_while_rasa_answers(own, "010-1234-5678")
    mail = got(own, 4)
    assert (mail.text, mail.titles) == ("이메일도 남기시겠어요?", ["건너뛰기"])
    user.presses(mail, "건너뛰기")
    killed_while_sending(own, "접수번호 KM-482913")
    assert "접수번호 KM-482913" in got(own, 5).text
    time.sleep(1.5)
    assert len(user.got(5)) == 5
    assert said(own) == ["기술유출 신고 접수", "동의해요", "010-1234-5678", "건너뛰기"]
    assert not own.rasa.overlapped


@pytest.mark.parametrize("mode", MODES)
def test_killed_during_a_form(alone: Callable[..., Alone], mode: str) -> None:
    own = alone(mode)
    own.channel.start()
    user = own.user()
    user.says("/recommend")
    killed_while_sending(own, "회사 규모")
    question = got(own, 1)
    user.presses(question, "중소기업")
    killed_while_rasa_answers(own, "/sme")
    until(lambda: question.titles == ["✔ 중소기업"])
    user.presses(got(own, 2), "제조업")
    killed_while_sending(own, "맞는 사업이에요")
    result = got(own, 3)
    assert "기술자료 임치제도" in result.text
    assert said(own) == ["우리 회사에 맞는 사업 찾기", "중소기업", "제조업"]


@pytest.mark.parametrize("mode", MODES)
def test_killed_during_a_move(alone: Callable[..., Alone], mode: str) -> None:
    own = alone(mode)
    own.channel.start()
    own.channel.logged("is ready")
    talks = own.channel.talks
    conversation, _ = talks.create("web", with_token=True)
    talks.append(conversation, [Outgoing("bot", "회사 규모를 알려 주세요.")])
    moves = Moves(own.channel.engine, talks, own.channel.store)
    user = own.user()
    user.says(moves.new_code(conversation, "telegram"))
    killed_while_sending(own, "텔레그램으로 옮겼어요")
    moved = got(own, 1)
    assert moved.text.startswith("회사 규모를 알려 주세요.")
    assert own.channel.conversation(user.chat) == conversation
    assert "해외 서버" in moved.text  # before the first word that is written here
    moves.to_web(moves.new_code(conversation, "web"), Outgoing("system", words.WENT_TO_WEB))
    killed_while_sending(own, words.MOVED_AWAY)
    assert got(own, 2).text == words.MOVED_AWAY
    time.sleep(1.5)
    assert len(user.got(2)) == 2


def test_a_press_is_not_lost_to_a_passing_error(alone: Callable[..., Alone], monkeypatch: pytest.MonkeyPatch) -> None:
    own = alone()
    failed: list[str] = []
    take_choice = Relay.take_choice

    async def fail_once(self: Relay, conversation: str, number: str, choice: str) -> Any:
        if not failed:
            failed.append(number)
            raise OperationalError("", {}, Exception("database is locked"))
        return await take_choice(self, conversation, number, choice)

    monkeypatch.setattr(Relay, "take_choice", fail_once)

    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(own.channel.settings, stop))
        user = own.user()
        user.says("/start")
        menu = (await asyncio.to_thread(user.got, seconds=40))[-1]
        user.presses(menu, "전체 사업")
        answer = (await asyncio.to_thread(user.got, 2))[-1]
        assert answer.text == "지원사업은 14개예요."
        stop.set()
        await running

    asyncio.run(run())
    assert failed


def test_who_writes_too_much_waits_and_loses_nothing(alone: Callable[..., Alone]) -> None:
    own = alone(limit_messages_visitor="3/4second")
    user, other = own.user(1), own.user(2)
    for number in range(8):
        user.says(f"{number}번째 말")
    own.channel.start()
    user.got(4, seconds=40)
    started = time.monotonic()
    other.says("저도 있어요")
    other.got()
    assert time.monotonic() - started < 2
    expected = [f"“{number}번째 말” 들었어요." for number in range(8)]
    until(lambda: len([w for w, _ in own.channel.texts(user.chat) if w == "bot"]) == 8, 40)
    told = [text for who, text in own.channel.texts(user.chat) if who != "user"]
    assert [text for text in told if "순서대로 모두" not in text] == expected
    assert len(told) == 9, "told once"
    until(lambda: expected[-1] in user.api.to(user.chat)[-1].text, 20)


def test_a_group_gets_its_hint_once_also_after_a_restart(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.channel.start()
    group = {"id": -4_002, "type": "group", "title": "모임"}
    own.api.known.add(-4_002)
    user = own.user()
    own.api.push(message=user.message(text="안녕") | {"chat": group})
    until(lambda: len(own.api.to(-4_002)) == 1, 40)
    own.channel.kill()
    own.channel.start()
    own.api.push(message=user.message(text="또 안녕") | {"chat": group})
    user.says("여기는 1:1")
    user.got(seconds=40)
    time.sleep(1)
    assert len(own.api.to(-4_002)) == 1
