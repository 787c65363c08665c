"""What became of a ticket, for whoever has its number and PIN."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot.actions.leak_report import heard_from, now
from bot.actions.stores import Stores, get_stores
from bot.actions.tracking import when_answered
from bot.actions.words import values_of
from bot.errors import TooManyRequests, UnknownTicket
from bot.leak_report import Say
from bot.tickets.receipts import read_number, read_pin
from bot.tickets.workflow import NEW


class ActionTicketStatus(Action):
    """Read number and PIN from the message and show the state, or say what is needed."""

    def name(self) -> str:
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        say = await asyncio.to_thread(_look_up, get_stores(), tracker.sender_id, heard_from(tracker).text)
        dispatcher.utter_message(response=say.response, **values_of(domain["responses"], say))
        return []


def _look_up(stores: Stores, conversation_id: str, text: str) -> Say:
    number, pin = read_number(text), read_pin(text)
    if number is None or pin is None:
        missing = "both" if number is None and pin is None else "number" if number is None else "pin"
        return Say(f"utter_ticket_needs_{missing}")
    try:
        ticket = stores.tickets.look_up(number, pin, conversation_id)
    except UnknownTicket:
        return Say("utter_ticket_unknown")
    except TooManyRequests as refused:
        return Say("utter_ticket_wait", {"minutes": -(-refused.retry_after // 60)})
    return state_of(stores, ticket)


def state_of(stores: Stores, ticket: dict[str, Any]) -> Say:
    """Return the state of a ticket as its user reads it. Names of staff are not in it."""
    values: dict[str, Any] = {"number": ticket["number"], "state": Say(f"utter_ticket_state_{ticket['state']}")}
    if ticket["state"] == NEW:
        return Say("utter_ticket_waiting", values | {"answer": when_answered(stores.hours, now(), ticket["due_at"])})
    return Say("utter_ticket_state", values)
