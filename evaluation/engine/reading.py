"""What the trained model reads in each sentence, how sure it is, and how long that takes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.server import quiet_logs

WARM_UP = 20  # the first sentences pay for caches that a running system has filled
DECISION = "bot.engine.decision.Decision"


def read_all(model: str, texts: list[str]) -> dict[str, Any]:
    """Return {"load_seconds", "readings"}; a reading has the classifiers' own rankings and what was decided from them."""
    quiet_logs()
    started = time.perf_counter()
    agent = Agent.load(model_path=model)
    load_seconds = time.perf_counter() - started
    loop = asyncio.new_event_loop()
    for text in texts[:WARM_UP]:
        loop.run_until_complete(agent.parse_message(text))
    return {"load_seconds": load_seconds, "readings": [_read(agent, loop, text) for text in texts]}


def _read(agent: Agent, loop: asyncio.AbstractEventLoop, text: str) -> dict[str, Any]:
    started, worked = time.perf_counter(), time.process_time()
    parsed = loop.run_until_complete(agent.parse_message(text))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
    return {
        "milliseconds": seconds * 1000,
        "cpu_milliseconds": cpu_seconds * 1000,  # on a machine that others use, too, the time that counts
        "intent": parsed["intent"]["name"],
        "facets": parsed.get("facets") or {},
        "rankings": _rankings(agent, text),
    }


def _rankings(agent: Agent, text: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rankings of intent, program and topic before names and rules change them: what is to be calibrated."""
    assert agent.processor
    schema = agent.processor.model_metadata.predict_schema
    decision = next(
        node for node in schema.nodes.values() if f"{node.uses.__module__}.{node.uses.__name__}" == DECISION
    )
    before = decision.needs["messages"]
    message = UserMessage(text)
    given = {
        PLACEHOLDER_MESSAGE: [message],
        PLACEHOLDER_TRACKER: DialogueStateTracker.from_events(message.sender_id, []),
    }
    read = agent.processor.graph_runner.run(inputs=given, targets=[before])[before][0]
    facets = read.get("facets") or {}
    return {
        "intent": read.get("intent_ranking") or [],
        "program": facets.get("program") or [],
        "topic": facets.get("topic") or [],
    }
