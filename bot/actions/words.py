"""The words of domain.yml inside an action: composed texts for one message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
