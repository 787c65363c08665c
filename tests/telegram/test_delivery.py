"""The outbox: in order, at Telegram's pace, once, and on until it is there."""

import time
from collections.abc import Callable

import pytest

from bot.conversations.store import Outgoing
from bot.tickets.store import NewTicket
from tests.telegram.bot_api import BotApi, User, fastest
from tests.telegram.conftest import Alone, in_both_modes
from tests.telegram.running_channel import Channel
from tests.telegram.test_talk import until


def test_a_flood_limit_is_waited_for_and_order_is_kept(api: BotApi, user: User) -> None:
    user.says("처음")
    user.got()
    api.fail("sendMessage", status=429, retry_after=2, when=lambda p: p["chat_id"] == str(user.chat))
    started = time.monotonic()
    for text in ("하나", "둘", "셋"):
        user.says(text)
    sent = user.got(4)
    assert [s.text for s in sent[1:]] == [f"“{text}” 들었어요." for text in ("하나", "둘", "셋")]
    assert sent[1].at - started >= 2
    assert fastest(sent)[0] >= 1


def test_another_chat_does_not_wait_for_the_flood_limit(api: BotApi, user: User) -> None:
    other = api.user(user.chat + 1_000_000)
    api.fail("sendMessage", status=429, retry_after=5, when=lambda p: p["chat_id"] == str(user.chat))
    user.says("나중")
    time.sleep(0.3)
    started = time.monotonic()
    other.says("먼저")
    other.got()
    assert time.monotonic() - started < 3
    assert user.last().text == "“나중” 들었어요."


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"status": 500}, {"status": 502}])
def test_a_message_that_did_not_go_out_goes_out_once(api: BotApi, user: User, fault: dict[str, object]) -> None:
    api.fail("sendMessage", when=lambda p: p["chat_id"] == str(user.chat), **fault)
    user.says("끊김")
    user.says("다음")
    assert [s.text for s in user.got(2)] == ["“끊김” 들었어요.", "“다음” 들었어요."]
    time.sleep(1.5)
    assert len(user.got(2)) == 2


def test_a_message_whose_arrival_is_unknown_goes_out_again(api: BotApi, user: User) -> None:
    api.fail("sendMessage", drop="after", when=lambda p: p["chat_id"] == str(user.chat))
    user.says("끊김")
    user.says("다음")
    assert [s.text for s in user.got(3)] == ["“끊김” 들었어요.", "“끊김” 들었어요.", "“다음” 들었어요."]


def test_when_the_dress_is_refused_the_words_arrive(api: BotApi, user: User) -> None:
    api.fail(
        "sendMessage",
        status=400,
        description="Bad Request: BUTTON_DATA_INVALID",
        when=lambda p: p["chat_id"] == str(user.chat),
    )
    user.says("/start")
    sent = user.last()
    assert sent.text == "안녕하세요, 무엇을 도와드릴까요?"
    assert sent.markup == {}


def open_ticket(channel: Channel, user: User) -> str:
    """Return the id of a ticket of this user's conversation."""
    user.says("신고할게요")
    user.got()
    conversation = channel.conversation(user.chat)
    new = NewTicket(key=f"test:{conversation}", kind="consultation", channel="telegram", conversation_id=conversation)
    return str(channel.tickets.create(new).ticket["id"])


def changes(channel: Channel, ticket: str) -> list[str]:
    return [record["change"] for record in channel.tickets.trail(ticket)]


def test_a_message_refused_for_good_is_passed_over_and_the_desk_sees_it(
    api: BotApi, channel: Channel, user: User
) -> None:
    ticket = open_ticket(channel, user)
    api.fail(
        "sendMessage", times=2, status=400, description="Bad Request: no", when=lambda p: p["chat_id"] == str(user.chat)
    )
    user.says("안 가는 글")
    user.says("가는 글")
    assert user.last(2).text == "“가는 글” 들었어요."
    assert "delivery_failed" in changes(channel, ticket)


@in_both_modes
def test_a_blocked_bot_ends_deliveries_and_the_desk_sees_it(api: BotApi, channel: Channel, user: User) -> None:
    ticket = open_ticket(channel, user)
    conversation = channel.conversation(user.chat)
    api.blocked.add(user.chat)  # before Telegram tells us
    channel.talks.append(conversation, [Outgoing("staff", "들리시나요?")], status="human")
    until(lambda: "delivery_stopped" in changes(channel, ticket))
    tried = len(api.called("sendMessage"))
    channel.talks.append(conversation, [Outgoing("staff", "두 번째 말")])
    time.sleep(1.5)
    assert not any(p["chat_id"] == str(user.chat) for p in api.called("sendMessage")[tried:])
    assert channel.store.find(user.chat).blocked  # type: ignore[union-attr]
    user.unblocks()
    assert [s.text for s in user.got(3)[1:]] == ["상담원\n들리시나요?", "상담원\n두 번째 말"]
    assert changes(channel, ticket)[-1] == "delivery_resumed"


def test_blocking_is_noted_without_sending(channel: Channel, user: User) -> None:
    ticket = open_ticket(channel, user)
    user.blocks()
    until(lambda: "delivery_stopped" in changes(channel, ticket))
    user.unblocks()
    until(lambda: "delivery_resumed" in changes(channel, ticket))


@in_both_modes
def test_who_blocked_and_writes_again_is_reached(api: BotApi, channel: Channel, user: User) -> None:
    user.says("안녕하세요")
    user.got()
    user.blocks()
    until(lambda: channel.store.find(user.chat).blocked)  # type: ignore[union-attr]
    api.blocked.discard(user.chat)
    user.says("다시 왔어요")
    assert user.last(2).text == "“다시 왔어요” 들었어요."


def test_an_account_that_is_gone_ends_deliveries(api: BotApi, channel: Channel, user: User) -> None:
    user.says("안녕하세요")
    user.got()
    api.known.discard(user.chat)
    channel.talks.append(channel.conversation(user.chat), [Outgoing("staff", "들리시나요?")])
    until(lambda: channel.store.find(user.chat).blocked)  # type: ignore[union-attr]
    api.known.add(user.chat)


def test_telegram_away_for_a_while_loses_nothing(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.channel.start()
    user = own.user()
    user.says("하나")
    user.got(seconds=40)
    own.api.online = False
    own.channel.logged("cannot be reached")
    own.channel.talks.append(own.channel.conversation(user.chat), [Outgoing("staff", "끊긴 동안의 말")])
    user.says("둘")
    time.sleep(1)
    own.api.online = True
    texts = [s.text for s in user.got(3, seconds=40)]
    assert sorted(texts[1:]) == ["“둘” 들었어요.", "상담원\n끊긴 동안의 말"]
    own.channel.logged("Telegram works again")


def test_killed_between_the_pieces_of_a_text(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.channel.start()
    user = own.user()
    user.says("긴 글")
    user.got(2, seconds=40)
    own.channel.kill()
    own.channel.start()
    user.got(4, seconds=40)
    time.sleep(2)
    sent = user.got(4)
    numbers = [paragraph.split("번째")[0] for s in sent for paragraph in s.text.split("\n\n")]
    # What was under way when the process died may come twice; nothing is missing and nothing is out of order.
    assert sorted(set(numbers), key=int) == list(dict.fromkeys(numbers))
    assert len(set(numbers)) == 50
    assert len(sent) - len({s.text for s in sent}) <= 1
    assert sent[-1].titles == ["다음"]


def test_ended_politely_nothing_comes_twice(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.channel.start()
    people = [own.user(n) for n in range(12)]
    for person in people:
        for text in ("하나", "둘"):
            person.says(text)
    people[0].got(seconds=40)
    assert own.channel.stop() == 0
    own.channel.start()
    for person in people:
        assert [s.text for s in person.got(2, seconds=40)] == ["“하나” 들었어요.", "“둘” 들었어요."]
