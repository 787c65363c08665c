"""What became of a ticket, for whoever has its number and PIN."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot import ticket_lookup
from bot.actions.leak_report import QUESTION_ANSWERS, heard_from, now
from bot.actions.stores import Stores, get_stores
from bot.actions.tracking import when_answered
from bot.actions.words import values_of
from bot.errors import TooManyRequests, UnknownConversation, UnknownTicket
from bot.leak_report import Say
from bot.ticket_lookup import FORM, FOUND, SLOT, Step
from bot.tickets.workflow import NEW

NUMBER, STATE = "lookup_number", "lookup_state"
GOES_ON = {
    "talk_to_human": "action_hand_over",
    "report_leak": "leak_report",
    "ask_recommendation": "recommendation",
    "privacy_question": "action_privacy",
    "ticket_status": FORM,
}


class ValidateTicketLookup(Action):
    """Ask for number and PIN until both are there; anything else leaves the look-up."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        asked = tracker.get_slot("requested_slot") == SLOT
        step = ticket_lookup.go_on(heard_from(tracker).text, tracker.get_slot(NUMBER), asked=asked)
        if step.end == FOUND:
            say = await asyncio.to_thread(_look_up, get_stores(), tracker.sender_id, step)
            dispatcher.utter_message(response=say.response, **values_of(domain["responses"], say))
        elif step.end is None:
            expects = {"form": FORM, "slot": SLOT, "input": "text", "choices": [], "step": 1, "of": 1}
            dispatcher.utter_message(response=f"utter_ticket_needs_{step.missing}", json_message={"expects": expects})
        state = step.end or "asked"
        number = None if step.end else step.number
        return [SlotSet(STATE, state), SlotSet(NUMBER, number), SlotSet("requested_slot", None if step.end else SLOT)]


class ActionSubmitTicketLookup(Action):
    """End the look-up; a message that was about something else is answered."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        left = tracker.get_slot(STATE) == ticket_lookup.LEFT
        intent = heard_from(tracker).intent
        events: list[EventType] = [SlotSet(STATE, None)]
        if left and intent in GOES_ON:
            return [*events, FollowupAction(GOES_ON[intent])]
        if left:
            dispatcher.utter_message(response=QUESTION_ANSWERS.get(intent, "utter_ticket_left"))
        return events


def _look_up(stores: Stores, conversation_id: str, step: Step) -> Say:
    try:
        ticket = stores.tickets.look_up(step.number or "", step.pin or "", conversation_id)
    except UnknownTicket:
        return Say("utter_ticket_unknown")
    except TooManyRequests as refused:
        return Say("utter_ticket_wait", {"minutes": -(-refused.retry_after // 60)})
    return state_of(stores, ticket)


def state_of(stores: Stores, ticket: dict[str, Any]) -> Say:
    """Return the state of a ticket and what staff wrote last, as its user reads it. Names of staff are not in it."""
    values: dict[str, Any] = {"number": ticket["number"], "state": Say(f"utter_ticket_state_{ticket['state']}")}
    reply = last_reply(stores, ticket)
    if reply is not None:
        return Say("utter_ticket_replied", values | {"reply": reply})
    if ticket["state"] == NEW:
        return Say("utter_ticket_waiting", values | {"answer": when_answered(stores.hours, now(), ticket["due_at"])})
    return Say("utter_ticket_state", values)


def last_reply(stores: Stores, ticket: dict[str, Any]) -> str | None:
    """Return what staff wrote last to the user of a ticket, None when nothing was written or it is gone."""
    replies = [
        record["detail"].get("seq") for record in stores.tickets.trail(ticket["id"]) if record["change"] == "reply"
    ]
    if ticket["conversation_id"] is None or not replies or replies[-1] is None:
        return None
    try:
        messages = stores.conversations.history(ticket["conversation_id"], after=replies[-1] - 1).messages
    except UnknownConversation:
        return None
    return next((message["text"] for message in messages if message["seq"] == replies[-1]), None)
