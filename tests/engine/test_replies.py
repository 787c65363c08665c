"""Rasa's check of the action server's replies: as strict as Rasa's own, made once."""

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.engine import replies

RIGHT = {"events": [{"event": "slot", "timestamp": None, "name": "a", "value": 1}], "responses": [{"text": "네"}]}
WRONG = (
    {"events": "none"},
    {"events": [{"event": 3}]},
    {"responses": ["text"]},
    {"responses": {"text": "김예시 010-1234-5678"}},
)


@pytest.fixture
def own() -> RemoteAction:
    return RemoteAction("action_x", None)


def test_a_right_reply_passes(own: RemoteAction) -> None:
    assert own._validate_action_result(RIGHT)
    assert replies.validate(own, RIGHT)


@pytest.mark.parametrize("reply", WRONG)
def test_what_rasa_refuses_is_refused_without_quoting_it(own: RemoteAction, reply: dict) -> None:
    with pytest.raises(ValidationError):
        own._validate_action_result(reply)
    with pytest.raises(ValidationError) as refused:
        replies.validate(own, reply)
    assert "김예시" not in str(refused.value)


def test_the_schema_is_checked_once(own: RemoteAction, monkeypatch: pytest.MonkeyPatch) -> None:
    replies.validate(own, RIGHT)
    monkeypatch.setattr(RemoteAction, "action_response_format_spec", lambda: pytest.fail("made again"))
    assert replies.validate(own, RIGHT)
