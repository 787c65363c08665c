"""Rasa's calls of the action server: what goes there, and a check of what comes back that is as strict as Rasa's own."""

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine import action_calls

RIGHT = {"events": [{"event": "slot", "timestamp": None, "name": "a", "value": 1}], "responses": [{"text": "네"}]}
WRONG = (
    {"events": "none"},
    {"events": [{"event": 3}]},
    {"events": [{"event": "unheard_of"}]},
    {"events": [{"event": "slot", "name": "a"}, {"event": "slot", "name": "b", "timestamp": "010-1234-5678"}]},
    {"responses": ["text"]},
    {"responses": {"text": "김예시 010-1234-5678"}},
)


@pytest.fixture
def own() -> RemoteAction:
    return RemoteAction("action_x", None)


def test_a_right_reply_passes(own: RemoteAction) -> None:
    assert own._validate_action_result(RIGHT)
    assert action_calls.validate(own, RIGHT)


@pytest.mark.parametrize("reply", WRONG)
def test_what_rasa_refuses_is_refused_without_quoting_it(own: RemoteAction, reply: dict) -> None:
    with pytest.raises(ValidationError):
        own._validate_action_result(reply)
    with pytest.raises(ValidationError) as refused:
        action_calls.validate(own, reply)
    assert "김예시" not in str(refused.value)


def test_the_schema_is_checked_once(own: RemoteAction, monkeypatch: pytest.MonkeyPatch) -> None:
    action_calls.validate(own, RIGHT)
    monkeypatch.setattr(RemoteAction, "action_response_format_spec", lambda: pytest.fail("made again"))
    assert action_calls.validate(own, RIGHT)


def test_a_call_holds_what_the_actions_read_and_no_domain(own: RemoteAction) -> None:
    parsed = {
        "intent": {"name": "ask_program", "confidence": 0.9},
        "intent_ranking": [{"name": "greet"}],
        "text": "임치 비용",
    }
    events = [
        ActionExecuted("action_listen"),
        UserUttered("임치 비용", parsed["intent"], parse_data=parsed, metadata={"seq": 3}),
        SlotSet("program", "technology_escrow"),
        BotUttered("30만원이에요.", {"custom": {"sources": [{"program": 3}]}}),
        ActiveLoop("recommendation"),
    ]
    tracker = DialogueStateTracker.from_events("talk", events)
    call = action_calls.call_of(own, tracker, Domain.empty())
    assert "domain" not in call
    assert [event["event"] for event in call["tracker"]["events"]] == ["user", "bot", "active_loop"]
    said, answered, _ = call["tracker"]["events"]
    assert (said["text"], said["metadata"], said["parse_data"]) == (
        "임치 비용",
        {"seq": 3},
        {"intent": parsed["intent"]},
    )
    assert answered["data"]["custom"] == {"sources": [{"program": 3}]}
    assert call["tracker"]["latest_message"]["intent_ranking"] == [{"name": "greet"}]
    theirs = own._action_call_format(tracker, Domain.empty())
    theirs.pop("domain")
    for body in (call, theirs):
        body["tracker"].pop("events")
    assert call == theirs
