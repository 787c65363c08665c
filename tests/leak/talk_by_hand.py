"""One talk with the actions: slots, forms and the NLG done by hand, stores for real."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import hand_over, leak_report, privacy, ticket_status, words
from bot.actions.stores import Stores
from bot.conversations.store import Incoming, Outgoing
from bot.korean import with_particle

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
FORMS = {
    "leak_report": (leak_report.ValidateLeakReport(), leak_report.ActionSubmitLeakReport()),
    "call_back": (hand_over.ValidateCallBack(), hand_over.ActionSubmitCallBack()),
    "ticket_lookup": (ticket_status.ValidateTicketLookup(), ticket_status.ActionSubmitTicketLookup()),
}
SINGLE: dict[str, Action] = {"hand_over": hand_over.ActionHandOver(), "privacy": privacy.ActionPrivacy()}
COMPOSED_BY_RASA = ("utter_answer", "utter_list_programs", "utter_compare")


def words_of(message: dict[str, Any]) -> str:
    """Return the text of a dispatched message as Rasa's NLG makes it; a missing value fails."""
    name = message.get("response")
    if name is None:
        return str(message.get("text") or "")
    if name in COMPOSED_BY_RASA:
        return "(answer)"

    def value(match: Any) -> str:
        word = message[match[1]]
        assert isinstance(word, str)
        return with_particle(word, match[2]) if match[2] else word

    return words.PLACEHOLDER.sub(value, DOMAIN["responses"][name][0]["text"])


@dataclass
class Talk:
    """One conversation: what Rasa would do with slots and forms, done by hand."""

    stores: Stores
    channel: str = "web"
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    form: str | None = None
    said: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    followed_by: str | None = None

    def __post_init__(self) -> None:
        self.id, _ = self.stores.conversations.create(self.channel)

    def hear(self, text: str, **opinion: Any) -> dict[str, Any]:
        """Store the user's message as the gateway does, and return it as Rasa has understood it."""
        client_id = f"m{len(self.events)}"
        self.received = self.stores.conversations.receive(
            self.id, Incoming(client_id, text, text), wait=timedelta(seconds=15)
        )
        metadata = {"seq": self.received.seq, "client_id": client_id} | opinion.get("metadata", {})
        intent = {"name": opinion.get("intent", "inform"), "confidence": opinion.get("confidence", 0.5)}
        parsed = {"text": text, "intent": intent, "entities": opinion.get("entities", []), "metadata": metadata}
        self.events.append({"event": "user", "text": text, "metadata": metadata, "parse_data": parsed})
        return parsed

    def run(self, action: Action, message: dict[str, Any]) -> None:
        tracker = Tracker(self.id, dict(self.slots), message, self.events, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        for event in asyncio.run(action.run(dispatcher, tracker, DOMAIN)):  # type: ignore[arg-type]
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                self.followed_by = event["name"]
        self.messages += dispatcher.messages
        self.said += [words_of(message) for message in dispatcher.messages if not _is_signal(message)]

    def say(self, text: str, form: str = "leak_report", **opinion: Any) -> list[str]:
        """Say something in a form, started if need be. Returns what the bot says in this turn."""
        return self.take(self.hear(text, **opinion), form)

    def take(self, message: dict[str, Any], form: str = "leak_report") -> list[str]:
        self.said, self.messages, self.followed_by = [], [], None
        validate, submit = FORMS[form]
        self._loop(form)
        self.run(validate, message)
        if self.slots.get("requested_slot") is None:
            self._loop(None)
            self.run(submit, message)
        return self.answered()

    def _loop(self, form: str | None) -> None:
        if self.form != form:
            self.form = form
            self.events.append({"event": "active_loop", "name": form})

    def act(self, action: str, text: str, **opinion: Any) -> list[str]:
        """Say something that an action without a form answers."""
        message = self.hear(text, **opinion)
        self.said, self.messages, self.followed_by = [], [], None
        self.run(SINGLE[action], message)
        return self.answered()

    def answered(self) -> list[str]:
        answers = [Outgoing("bot", text) for text in self.said] or [Outgoing("bot", "(nothing)")]
        answers[-1] = replace(answers[-1], expects=self.expects)
        if self.stores.conversations.answer(self.id, self.received, answers) is None:
            # The receipt was stored with the ticket.
            page = self.stores.conversations.history(self.id, after=self.received.seq)
            self.said = [message["text"] for message in page.messages]
        return self.said

    @property
    def asked(self) -> str | None:
        return self.slots.get("requested_slot")

    @property
    def expects(self) -> dict[str, Any] | None:
        parts = [(message.get("custom") or {}).get("expects") for message in self.messages]
        return next((part for part in reversed(parts) if part), None)

    @property
    def stored(self) -> list[dict[str, Any]]:
        return self.stores.conversations.history(self.id).messages


def _is_signal(message: dict[str, Any]) -> bool:
    return "signal" in (message.get("custom") or {})
