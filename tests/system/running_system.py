"""The real system and a client of its chat API, for the tests of this folder."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from bench.system import System, free_port

__all__ = ["Chat", "System", "answers", "free_port", "sources_of", "text_of"]


class Chat:
    """One conversation of one visitor."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        opened = self.http.post("/api/conversations")
        opened.raise_for_status()
        self.id = opened.json()["id"]
        self.path = f"/api/conversations/{self.id}"
        self.http.headers["Authorization"] = f"Bearer {opened.json()['token']}"

    def post(self, **body: Any) -> httpx.Response:
        """Send one message with an id of its own."""
        return self.http.post(f"{self.path}/messages", json={"id": uuid.uuid4().hex, **body})

    def say(self, text: str) -> dict[str, Any]:
        """Say something, and return the turn."""
        response = self.post(text=text)
        response.raise_for_status()
        turn: dict[str, Any] = response.json()
        return turn

    def choose(self, turn: dict[str, Any], title: str) -> dict[str, Any]:
        """Click the button with this title, and return the turn."""
        offered = [button for message in turn["messages"] for button in message["buttons"]]
        choice = next(button["choice"] for button in offered if button["title"] == title)
        response = self.post(choice=choice)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def history(self) -> list[dict[str, Any]]:
        """Return the whole conversation."""
        response = self.http.get(f"{self.path}/messages", params={"after": 0})
        response.raise_for_status()
        messages: list[dict[str, Any]] = response.json()["messages"]
        return messages

    def close(self) -> None:
        """End the connection."""
        self.http.close()


def answers(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the bot said in a turn."""
    return [message for message in turn["messages"] if message["from"] != "user"]


def text_of(turn: dict[str, Any]) -> str:
    """Return the bot's words in a turn."""
    return "\n".join(message["text"] or "" for message in answers(turn))


def sources_of(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sources that the bot named in a turn."""
    return [source for message in answers(turn) for source in message["sources"]]
