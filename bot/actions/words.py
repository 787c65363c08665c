"""The words of domain.yml inside an action: composed texts for one message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.conversations.store import Outgoing
from bot.korean import with_particle
from bot.leak_report import Say

PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


def text_of(responses: Mapping[str, Any], say: Say) -> str:
    """Return the text of a response of domain.yml with its values filled in. Raises KeyError for an unknown response or value."""
    values = values_of(responses, say)

    def value(match: re.Match[str]) -> str:
        name, particle = match.groups()
        return with_particle(values[name], particle) if particle else values[name]

    return PLACEHOLDER.sub(value, responses[say.response][0]["text"])


def values_of(responses: Mapping[str, Any], say: Say) -> dict[str, str]:
    """Return the values of a response as texts; a list is a line each."""
    return {name: _text(responses, value) for name, value in say.values.items()}


def _text(responses: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, Say):
        return text_of(responses, value)
    if isinstance(value, (list, tuple)):
        return "\n".join(_text(responses, item) for item in value)
    return str(value)


def utter(dispatcher: CollectingDispatcher, said: Sequence[Outgoing]) -> None:
    """Say what could not be stored together with a ticket; nothing, when all of it stands in the conversation already."""
    if not said:
        dispatcher.utter_message(json_message={"signal": {"type": "stored"}})
    for outgoing in said:
        buttons = [
            {"title": button["title"], "payload": (outgoing.offers or {})[button["choice"]]["payload"]}
            for button in outgoing.buttons
        ]
        custom = {"cards": list(outgoing.cards)} if outgoing.cards else None
        dispatcher.utter_message(text=outgoing.text, buttons=buttons, json_message=custom)
