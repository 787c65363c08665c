"""Whether Rasa's answer says that a message was not understood, and what it was taken for. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from bot.conversations.not_understood import Guess

ASKS = "/ask_program"


def guess_of(answer: list[dict[str, Any]]) -> Guess | None:
    """Return what the bot guessed when it fell back, or None when it understood. Its first button carries the likeliest reading."""
    for element in answer:
        custom = element.get("custom")
        note = custom.get("note") if isinstance(custom, dict) else None
        if isinstance(note, dict) and note.get("failed"):
            return next(_readings(answer), Guess())
    return None


def _readings(answer: list[dict[str, Any]]) -> Iterator[Guess]:
    for element in answer:
        for button in element.get("buttons") or []:
            payload = str(button.get("payload", ""))
            if payload.startswith(ASKS + "{"):
                asked = json.loads(payload.removeprefix(ASKS))
                yield Guess(asked.get("program"), asked.get("topic"))
