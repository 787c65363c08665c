"""The trained model in this process, for tests of what Rasa answers without the application around it."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints

MODEL = Path("models/current.tar.gz")
Ask = Callable[..., str]


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture(scope="session")
def agent(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    patch = pytest.MonkeyPatch()
    patch.setenv("ULTARI_TRACKER_DB", str(tmp_path_factory.mktemp("agent") / "tracker.db"))
    # With `make test` the launcher has set these; alone, no action server is asked.
    for name in ("ULTARI_ACTIONS_PORT", "ULTARI_ACTIONS_TOKEN", "ULTARI_ENGINE_SECRET"):
        patch.setenv(name, os.environ.get(name, "1"))
    endpoints = AvailableEndpoints.read_endpoints("endpoints.yml")
    yield loop.run_until_complete(load_agent(model_path=str(MODEL), endpoints=endpoints))
    patch.undo()


@pytest.fixture
def ask(agent: Agent, loop: asyncio.AbstractEventLoop) -> Ask:
    """Say something after something, as one visitor; returns the last answer."""

    def say(*texts: str) -> str:
        visitor = uuid.uuid4().hex
        for text in texts:
            heard = CollectingOutputChannel()
            loop.run_until_complete(agent.handle_message(UserMessage(text, heard, visitor)))
        return "\n".join(message["text"] for message in heard.messages if message.get("text"))

    return say
