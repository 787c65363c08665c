"""Client of Rasa's REST channel. The only place that talks to Rasa."""

import asyncio
import json
from typing import Any

import httpx

from bot.errors import EngineUnavailable
from bot.settings import Settings

SECRET_HEADER = "X-Ultari-Secret"  # noqa: S105 (a name)
WEBHOOK = "/webhooks/rest/webhook"
# Rasa's server closes a connection that has been quiet for 5 s; we do it first, or a message would run into the closing.
KEEP_ALIVE_SECONDS = 4.0


class RasaClient:
    """Asks Rasa, over connections that are kept open."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.engine_secret.get_secret_value()
        self._timeout = settings.rasa_timeout
        self._http = httpx.AsyncClient(
            base_url=settings.rasa_url,
            headers={SECRET_HEADER: secret} if secret else {},
            timeout=None,  # noqa: S113 (`ask` limits the whole call)
            trust_env=False,  # a proxy of the environment must not see what users write
            limits=httpx.Limits(
                max_connections=settings.rasa_connections,
                max_keepalive_connections=settings.rasa_connections,
                keepalive_expiry=KEEP_ALIVE_SECONDS,
            ),
        )

    async def ask(self, sender: str, message: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the list that Rasa answers with. Raises EngineUnavailable."""
        body = {"sender": sender, "message": message, "metadata": metadata}
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.post(WEBHOOK, json=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise EngineUnavailable(type(error).__name__) from None
        if response.status_code != httpx.codes.OK:
            raise EngineUnavailable(f"status {response.status_code}")
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise EngineUnavailable("not JSON") from None
        if not isinstance(answer, list):
            raise EngineUnavailable("not a list")
        return [element for element in answer if isinstance(element, dict)]

    async def is_ready(self) -> bool:
        """Return whether Rasa answers at all."""
        try:
            async with asyncio.timeout(2):
                return (await self._http.get("/")).status_code == httpx.codes.OK
        except (httpx.HTTPError, TimeoutError):
            return False

    async def close(self) -> None:
        await self._http.aclose()
