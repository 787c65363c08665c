"""Rasa's REST channel, for the gateway alone."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

SECRET_HEADER = "X-Ultari-Secret"


class GatewayInput(RestInput):
    """The REST channel at its usual place; a message without the gateway's secret is refused."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        """Return the name in the webhook's path, the one of Rasa's own channel."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Return the channel with the secret of credentials.yml."""
        return cls((credentials or {}).get("secret") or "")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes of the REST channel behind the check of the secret."""
        routes = super().blueprint(on_new_message)

        @routes.middleware("request")  # type: ignore[misc]
        async def refuse_strangers(request: Request) -> HTTPResponse | None:
            shown = request.headers.get(SECRET_HEADER, "")
            if (
                request.method == "POST"
                and self._secret
                and not hmac.compare_digest(shown.encode(), self._secret.encode())
            ):
                return json({"error": "not from the gateway"}, status=403)
            return None

        return routes
