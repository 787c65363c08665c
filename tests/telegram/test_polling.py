"""Polling: every update once, in order, whatever happens in between."""

from tests.telegram.bot_api import BotApi, User
from tests.telegram.running_channel import Channel


def test_a_question_is_answered(channel: Channel, api: BotApi, user: User) -> None:
    user.says("기술임치가 뭐예요?")
    sent = user.last()
    assert sent.text == "“기술임치가 뭐예요?” 들었어요."
    assert channel.texts() == [("user", "기술임치가 뭐예요?"), ("bot", "“기술임치가 뭐예요?” 들었어요.")]
