"""From the list that Rasa's REST channel returns to messages of ours. Pure, but for the random ids of choices."""

import logging
import secrets
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.conversations.store import Outgoing
from channels.messages import Custom, Offer

logger = logging.getLogger(__name__)

CUSTOM = TypeAdapter(Custom)
BUTTONS = TypeAdapter(list[Offer])


def render(answer: list[dict[str, Any]]) -> list[Outgoing]:
    """Return the messages of one answer. A `custom` element belongs to the message before it; payloads become opaque choices.

    A part that has not the agreed form is left out, with a line in the log, and the rest is shown.
    """
    messages: list[dict[str, Any]] = []
    for element in answer:
        text = element.get("text")
        custom = _read_custom(element.get("custom"))
        if isinstance(text, str) or element.get("buttons") or not messages:
            messages.append(
                {"text": text if isinstance(text, str) else "", "buttons": _read_buttons(element), "parts": []}
            )
        if custom is not None:
            messages[-1]["parts"].append(custom)
    return [
        _outgoing(**message)
        for message in messages
        if message["text"].strip() or message["buttons"] or message["parts"]
    ]


def _read_buttons(element: dict[str, Any]) -> list[Offer]:
    if not element.get("buttons"):
        return []
    try:
        return BUTTONS.validate_python(element["buttons"])
    except ValidationError as error:
        logger.warning("buttons from Rasa have not the agreed form: %s", _places(error))
        return []


def _read_custom(custom: Any) -> Custom | None:
    if custom is None:
        return None
    try:
        return CUSTOM.validate_python(custom)
    except ValidationError as error:
        logger.warning("custom part from Rasa has not the agreed form: %s", _places(error))
        return None


def _places(error: ValidationError) -> str:
    """Return where the form is broken and how, without the values: they may be what a user wrote."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))} {e['type']}" for e in error.errors(include_input=False, include_url=False)
    )


def _outgoing(text: str, buttons: list[Offer], parts: list[Custom]) -> Outgoing:
    ids: dict[tuple[str, str], str] = {}

    def offer(button: Offer) -> dict[str, str]:
        # A button that stands both below the text and in `expects` is one choice.
        choice = ids.setdefault((button.title, button.payload), secrets.token_urlsafe(12))
        return {"title": button.title, "choice": choice}

    shown = [offer(button) for button in buttons]
    expects = next((part.expects for part in reversed(parts) if part.expects), None)
    expected = None
    if expects is not None:
        expected = expects.model_dump(exclude={"choices"}) | {"choices": [offer(choice) for choice in expects.choices]}
    return Outgoing(
        sender="bot",
        text=text.strip(),
        buttons=shown,
        cards=[card.model_dump() for part in parts for card in part.cards],
        sources=[source.model_dump() for part in parts for source in part.sources],
        expects=expected,
        offers={choice: {"title": title, "payload": payload} for (title, payload), choice in ids.items()},
    )
