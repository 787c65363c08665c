"""A visitor of the chat API."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx

from channels.relay import NO_ANSWER

TRIES = 6
PATIENCE_SECONDS = 60.0
LATE = NO_ANSWER.partition(".")[0]


class NotInTime(Exception):
    """The gateway did not hear from Rasa in time and said its fixed sentence."""


class Chat:
    """One conversation. `seconds` keeps how long each answer took."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        opened = self._call("/api/conversations", {})
        self._path = f"/api/conversations/{opened['id']}/messages"
        self._token = opened["token"]
        self.seconds: list[float] = []

    def say(self, text: str) -> dict[str, Any]:
        """Return the turn that answers a text. Raises NotInTime."""
        started = time.perf_counter()
        reply = self._call(
            self._path, {"id": str(uuid.uuid4()), "text": text}, {"Authorization": f"Bearer {self._token}"}
        )
        self.seconds.append(time.perf_counter() - started)
        if any(LATE in (message.get("text") or "") for message in reply["messages"]):
            raise NotInTime("Rasa did not answer")
        return reply

    def _call(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        for attempt in range(TRIES):
            response = self._http.post(path, json=body, headers=headers)
            if response.status_code != 429 or attempt == TRIES - 1:
                break
            time.sleep(float(response.headers.get("Retry-After") or 2))
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found


def connect(base: str) -> httpx.Client:
    """Return a client that conversations can share."""
    return httpx.Client(base_url=base, timeout=PATIENCE_SECONDS, trust_env=False)
