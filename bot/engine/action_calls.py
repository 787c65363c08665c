"""Rasa's calls of the action server, without what costs much and tells nothing: they were most of the CPU of a form's turn."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa
from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

READ_BY_ACTIONS = (UserUttered, BotUttered, ActiveLoop)


def call_of(action: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Return the body of a call: the tracker's state, with those of its events that `bot.actions` reads, and no domain."""
    state = tracker.current_state(EventVerbosity.NONE)
    state["events"] = [_short(event) for event in tracker.events if isinstance(event, READ_BY_ACTIONS)]
    return {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "tracker": state,
        "version": rasa.__version__,
    }


def _short(event: Event) -> dict[str, Any]:
    """Return an event; of how an earlier message was read, what it was taken for."""
    content: dict[str, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        content["parse_data"] = {"intent": event.intent}
    return content


@lru_cache(maxsize=1)
def _validators() -> tuple[Validator, dict[str, Validator]]:
    """Return the validator of a whole reply but for what is particular to a kind of event, and one for each kind."""
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    items = schema["properties"]["events"]["items"]
    by_event = {one["properties"]["event"]["const"]: kind(one) for one in items["oneOf"]}
    common = {name: value for name, value in items.items() if name != "oneOf"}
    events = schema["properties"]["events"] | {"items": common}
    return kind(schema | {"properties": schema["properties"] | {"events": events}}), by_event


def validate(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Return True for a reply of the right shape. Raises ValidationError, which does not quote the reply: it holds what users wrote."""
    whole, by_event = _validators()
    error = best_match(whole.iter_errors(result))
    for event in result.get("events", ()) if error is None else ():
        if event["event"] not in by_event:
            raise ValidationError("The reply of the action server has an event that Rasa does not know.")
        error = error or best_match(by_event[event["event"]].iter_errors(event))
    if error is not None:
        place = "/".join(map(str, error.absolute_path)) or "the whole"
        raise ValidationError(f"The reply of the action server has the wrong shape: {place}.")
    return True


def call_quickly() -> None:
    """Let Rasa call this way. Its own sends every event with all that was thought of, checks the schema against the schema of
    schemas, tries each event against each of 23 kinds, and looks through all classes for the one of an event."""
    RemoteAction._action_call_format = call_of
    RemoteAction._validate_action_result = validate
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
