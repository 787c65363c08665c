"""Stock Rasa on the same sentences: the pipeline of `rasa init` with its answers put into words as ours are.

Stock has one intent classifier and no second or third label. Flat intents (ask__program__topic) would leave it six sentences for each of
hundreds of classes; so it gets a model of its own for each label – more than it would have in a project of its own. What differs
from our bot is understanding alone. `LogisticRegressionClassifier` stands for DIET, which needs more than half an hour for the three.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.engine.decision import choose_programs
from bot.engine.nlg import KnowledgeGenerator
from bot.engine.reading import compact
from bot.engine.server import quiet_logs
from bot.engine.tokenizer import read

LABELS = ("intent", "program", "topic")
PIPELINE = """
recipe: default.v1
assistant_id: stock
language: ko
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: LogisticRegressionClassifier
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
"""
# What actions outside Rasa would do, in the form in which a reply is judged.
FORMS = {"report_leak": "leak_report", "ask_recommendation": "recommendation", "inform": "recommendation"}
ACTIONS = {
    "talk_to_human": {"status": "waiting"},
    "privacy_question": {"text": "개인정보"},
    "ticket_status": {"text": "접수번호"},
}


def answer_all(folder: Path, talks: list[list[str]]) -> list[dict[str, Any]]:
    """Return the reply to the last turn of each talk, in the form of the chat API."""
    quiet_logs()
    agents = {label: Agent.load(model_path=str(_model(folder, label))) for label in LABELS}
    domain = Domain.load("domain.yml")
    words = KnowledgeGenerator(EndpointConfig(), domain)
    responses = _responses()
    loop = asyncio.new_event_loop()

    async def answer(turns: list[str]) -> dict[str, Any]:
        tracker = DialogueStateTracker("stock", domain.slots)
        reply: dict[str, Any] = {}
        for text in turns:
            parsed = await _parse(agents, text)
            tracker.update(UserUttered(text, intent=parsed["intent"], parse_data=parsed))
            reply = await _reply(words, responses, tracker, parsed["intent"]["name"])
            said = reply["messages"][0]
            tracker.update(BotUttered(said["text"], {"custom": said["custom"]}))
        return reply

    return [loop.run_until_complete(answer(turns)) for turns in talks]


async def _parse(agents: dict[str, Agent], text: str) -> dict[str, Any]:
    read_as = {label: await agents[label].parse_message(text) for label in LABELS}
    rankings = {
        label: [rank for rank in parsed["intent_ranking"] if rank["name"] != "nlu_fallback"]
        for label, parsed in read_as.items()
    }
    programs, likely = choose_programs([], rankings["program"])
    facets = {
        "programs": programs,
        "likely": likely,
        "guessed": False,
        "topics": [(rank["name"], rank["confidence"]) for rank in rankings["topic"][:4]],
        "own_words": compact(read(text)),
    }
    # `text` is what the bot's words look at; the sentence itself stands in the event.
    return {
        "text": text,
        "intent": read_as["intent"]["intent"],
        "intent_ranking": rankings["intent"],
        "entities": [],
        "facets": facets,
    }


async def _reply(
    words: KnowledgeGenerator, responses: dict[str, str], tracker: DialogueStateTracker, intent: str
) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if intent in responses:
        said = await words.generate(responses[intent], tracker, "stock") or {}
    custom = said.get("custom") or {}
    beside = ACTIONS.get(intent, {})
    message = {
        "from": "bot",
        "text": said.get("text") or beside.get("text", ""),
        "buttons": said.get("buttons") or [],
        "cards": custom.get("cards") or [],
        "sources": custom.get("sources") or [],
        "custom": custom,
    }
    running = FORMS.get(intent)
    return {
        "messages": [message],
        "expects": {"form": running} if running else None,
        "status": beside.get("status", "bot"),
    }


def _responses() -> dict[str, str]:
    """Return which response answers which intent, from the rules."""
    found: dict[str, str] = {"nlu_fallback": "utter_fallback"}
    for path in sorted(Path("data/rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            first, *rest = rule["steps"]
            if "intent" in first and rest and str(rest[0].get("action", "")).startswith("utter_"):
                found[first["intent"]] = rest[0]["action"]
    return found


def _model(folder: Path, label: str) -> Path:
    """Return the model for a label, trained when it was not trained on these sentences before."""
    sentences = _sentences(label)
    content = yaml.safe_dump(
        {
            "version": "3.1",
            "nlu": [
                {"intent": name, "examples": "".join(f"- {line}\n" for line in lines)}
                for name, lines in sentences.items()
            ],
        },
        allow_unicode=True,
    )
    name = f"{label}-{hashlib.sha256((PIPELINE + content).encode()).hexdigest()[:12]}"
    model = folder / f"{name}.tar.gz"
    if not model.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{label}-*"):
            old.unlink()
        (folder / "config.yml").write_text(PIPELINE, encoding="utf-8")
        (folder / "nlu.yml").write_text(content, encoding="utf-8")
        print(f"stock Rasa: training on {sum(map(len, sentences.values()))} sentences for the {label} …", flush=True)
        train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name=name)
    return model


def _sentences(label: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(Path("data/nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            name = block["intent"] if label == "intent" else (block.get("metadata") or {}).get(label)
            if name and block.get("examples"):
                found.setdefault(name, []).extend(
                    line[2:] for line in block["examples"].splitlines() if line.startswith("- ")
                )
    return found
