"""Polling and webhook: every update once, in order per chat, kept before it is acknowledged, whatever is in the way."""

import collections
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from channels.telegram.receiving import SECRET_HEADER, WEBHOOK_PATH
from tests.telegram.bot_api import BotApi, fastest
from tests.telegram.conftest import MODES, PUBLIC, Alone
from tests.telegram.test_talk import until


def backlog(api: BotApi, chats: int, each: int) -> list[tuple[int, str]]:
    """Let people write while nobody listens."""
    said = []
    for number in range(each):
        for chat in range(chats):
            api.user(6_000_000 + chat).says(f"{chat}의 {number}번째 말")
            said.append((6_000_000 + chat, f"{chat}의 {number}번째 말"))
    return said


def check_all_heard(own: Alone, said: list[tuple[int, str]]) -> None:
    """Check that Rasa heard everything once and in order, by chat; the store likewise."""
    expected = collections.defaultdict(list)
    for chat, words in said:
        expected[chat].append(words)
    for chat, words in expected.items():
        assert [w for who, w in own.channel.texts(chat) if who == "user"] == words
        conversation = own.channel.conversation(chat)
        heard = [b for b in own.rasa.received if b["sender"] == conversation]
        # A request that a kill cut off on its way was not heard at first: then it is asked again, as resumed.
        assert list(dict.fromkeys(b["message"] for b in heard)) == words
        fresh = [b["message"] for b in heard if not b["metadata"]["resumed"]]
        assert len(fresh) == len(set(fresh))
        seen = dict.fromkeys(s.text for s in own.api.to(chat))
        assert list(seen) == [f"“{w}” 들었어요." for w in words]
    assert not own.rasa.overlapped


@pytest.mark.parametrize(("mode", "chats"), [("polling", 50), ("webhook", 10)])
def test_waiting_updates_are_handled_once_in_order_and_in_pace(
    alone: Callable[..., Alone], mode: str, chats: int
) -> None:
    own = alone(mode)
    said = backlog(own.api, chats, 10)
    own.channel.start()
    until(lambda: len(own.api.sent) >= len(said), 120)
    check_all_heard(own, said)
    assert len(own.api.sent) == len(said)
    gap, most = fastest(own.api.sent)
    assert gap >= 1
    assert most <= 30
    assert own.api.flooded == 0
    if mode == "polling":
        until(lambda: len(own.api.acknowledged) == len(said))


@pytest.mark.parametrize("mode", MODES)
def test_killed_in_the_middle_every_update_is_still_handled_once(alone: Callable[..., Alone], mode: str) -> None:
    own = alone(mode)
    own.rasa.seconds = 0.02
    said = backlog(own.api, 10, 8)
    kills = 3
    for kill in range(kills):
        own.channel.start()
        goal = 15 * (kill + 1)
        until(lambda goal=goal: len(own.api.sent) >= goal, 60)
        own.channel.kill()
    own.channel.start()
    until(lambda: len({(s.chat, s.text) for s in own.api.sent}) == 80, 60)
    check_all_heard(own, said)
    # What was on its way to Telegram when the process died may be there twice: at most one for each chat and kill.
    assert len(own.api.sent) <= 80 + kills * 10
    print(f"{mode}: {len(own.api.sent) - 80} of 80 messages came twice after {kills} kills")


def test_an_update_is_kept_before_it_is_acknowledged(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.rasa.seconds = 3
    number = own.user().says("중요한 말")
    own.channel.start()
    until(lambda: number in own.api.acknowledged, 40)
    own.channel.kill()
    own.rasa.seconds = 0
    own.channel.start()
    assert own.user().last().text == "“중요한 말” 들었어요."
    assert own.channel.texts(own.user().chat) == [("user", "중요한 말"), ("bot", "“중요한 말” 들었어요.")]


def test_the_same_update_again_changes_nothing(alone: Callable[..., Alone]) -> None:
    own = alone("webhook")
    own.channel.start()
    user = own.user()
    user.says("한 번만")
    user.got(seconds=40)
    update = {"update_id": own.api.delivered[-1], "message": user.message(text="한 번만")}
    assert own.api._post(own.api.routes[PUBLIC] + WEBHOOK_PATH, update)
    user.says("다음")
    assert [s.text for s in user.got(2)] == ["“한 번만” 들었어요.", "“다음” 들었어요."]


def test_the_webhook_takes_only_what_telegram_sent(alone: Callable[..., Alone]) -> None:
    own = alone("webhook")
    own.channel.start()
    user = own.user()
    user.says("안녕하세요")
    user.got(seconds=40)
    secret = own.api.webhook["secret_token"]
    assert len(secret) >= 48
    assert own.api.webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    url = own.api.routes[PUBLIC] + WEBHOOK_PATH
    forged = {"update_id": 1, "message": user.message(text="남이 보낸 말")}
    with httpx.Client(trust_env=False) as http:
        for given in (None, "", "x", secret[:-1], secret.upper()):
            headers = {} if given is None else {SECRET_HEADER: given}
            assert http.post(url, json=forged, headers=headers).status_code == 403
        right = {SECRET_HEADER: secret}
        for body in (b"", b"{", b"[]", b'"x"', b"{}", b'{"update_id": "1"}', b"\xff\xfe"):
            assert http.post(url, content=body, headers=right).status_code == 400
        assert http.post(url, content=b" " * (1024 * 1024 + 1), headers=right).status_code == 413
        # Of an unforeseen form, but Telegram's: taken, or it would come again for ever.
        assert http.post(url, json={"update_id": 7, "message": {"nonsense": 1}}, headers=right).status_code == 200
        assert http.get(url, headers=right).status_code == 405
    user.says("다음")
    assert [s.text for s in user.got(2)] == ["“안녕하세요” 들었어요.", "“다음” 들었어요."]


def test_an_update_of_an_unforeseen_form_does_not_stop_the_others(alone: Callable[..., Alone]) -> None:
    own = alone()
    user = own.user()
    user.says("앞")
    own.api.push(message={"message_id": "no number", "chat": 5})
    own.api.push(callback_query={"id": 5})
    user.says("뒤")
    own.channel.start()
    assert [s.text for s in user.got(2, seconds=40)] == ["“앞” 들었어요.", "“뒤” 들었어요."]


def test_a_wrong_token_is_said_clearly_and_tried_again(alone: Callable[..., Alone]) -> None:
    own = alone()
    right, own.api.token = own.api.token, "1:another"
    own.channel.start()
    own.channel.logged("check ULTARI_TELEGRAM_TOKEN")
    user = own.user()
    user.says("기다렸어요")
    own.api.token = right
    assert user.last().text == "“기다렸어요” 들었어요."
    assert own.channel.processes[-1].poll() is None


def test_no_network_is_said_clearly_and_tried_again(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.api.online = False
    own.channel.start()
    own.channel.logged("cannot be reached")
    own.api.online = True
    user = own.user()
    user.says("돌아왔네요")
    assert user.last().text == "“돌아왔네요” 들었어요."


def test_a_second_poller_elsewhere_is_said_clearly(alone: Callable[..., Alone]) -> None:
    own = alone()
    own.channel.start()
    until(lambda: own.api.poller > 0, 40)  # it asks already, so a second one is in its way
    with httpx.Client(trust_env=False) as http:
        http.post(f"{own.api.url}/bot{own.api.token}/getUpdates", data={"timeout": 0})
    own.channel.logged("Another program fetches this bot's updates")
    user = own.user()
    user.says("그래도 들려요")
    assert user.last().text == "“그래도 들려요” 들었어요."


def test_a_second_process_of_ours_waits(alone: Callable[..., Alone]) -> None:
    own = alone()
    first = own.channel.start()
    own.channel.logged("is ready")
    own.channel.start()
    own.channel.logged("waiting until it ends")
    user = own.user()
    user.says("하나")
    user.got()
    until(lambda: own.channel.store.with_news() == [])
    first.kill()
    user.says("둘")
    assert [s.text for s in user.got(2, seconds=40)] == ["“하나” 들었어요.", "“둘” 들었어요."]


def test_without_a_token_one_line_says_so(alone: Callable[..., Alone]) -> None:
    own = alone(telegram_token="")
    assert own.channel.start().wait(40) == 0
    assert own.channel.log.count("\n") == 1
    assert "Telegram is off: ULTARI_TELEGRAM_TOKEN is not set." in own.channel.log


def test_nobody_finds_in_the_database_who_wrote_or_what(alone: Callable[..., Alone]) -> None:
    own = alone()
    user = own.user()
    user.name = "홍길동비밀"
    user.says("우리 도면이 경쟁사로 넘어갔어요")
    own.channel.start()
    user.got(seconds=40)
    until(lambda: own.channel.store.waiting() == [])
    with own.channel.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM telegram_updates WHERE content IS NOT NULL")) == 0
    own.channel.stop()
    files = [file.read_bytes() for file in own.channel.settings.var_dir.glob("*.db*")]
    assert files
    for secret in ("도면이", "홍길동비밀", str(user.chat)):
        assert not any(secret.encode() in content for content in files), secret
        assert secret not in own.channel.log, secret
