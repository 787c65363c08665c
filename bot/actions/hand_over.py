"""From the bot to a person: a ticket in any case, waiting in the chat while somebody is on duty, else the honest time or a call-back."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot import call_back
from bot.actions.leak_report import (
    QUESTION_ANSWERS,
    hand_over_key,
    heard_from,
    no_more_tickets,
    now,
    shown_contacts,
    too_many,
    with_report,
)
from bot.actions.stores import Stores, get_stores
from bot.actions.ticket_status import GOES_ON
from bot.actions.tracking import channel_of, open_question, programs_shown, unanswered, when_answered
from bot.actions.words import text_of, utter, values_of
from bot.conversations.store import Outgoing
from bot.leak_report import PERSON, REFUSED, SENT, Draft, Say
from bot.routing import default_routing
from bot.tickets.store import Created, NewTicket
from bot.tickets.workflow import CALL_BACK, CONSULTATION, LEAK, USER_ACTOR

FORM = "call_back"
ID, END, TRIES = "call_back_id", "call_back_end", "call_back_tries"
WISH = "wish"  # the entity of a button: wait | call_back
BACK_TO_BOT = "/back_to_bot"  # never reaches Rasa: the relay takes it while the user waits

Responses = dict[str, Any]


class ActionHandOver(Action):
    """Bring the user to a person, or say honestly when there is one."""

    def name(self) -> str:
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        wish = _wish(tracker)
        said, asks = await asyncio.to_thread(_hand_over, get_stores(), tracker, domain["responses"], wish)
        if not asks:
            utter(dispatcher, said)
            return []
        if said:
            utter(dispatcher, said[:1])  # the form says the question itself
        return [FollowupAction(FORM)]


def _wish(tracker: Tracker) -> str | None:
    for entity in tracker.latest_message.get("entities") or []:
        if entity.get("entity") == WISH:
            return str(entity.get("value"))
    return "call_back" if call_back.wants_call_back(heard_from(tracker).text) else None


def _hand_over(stores: Stores, tracker: Tracker, responses: Responses, wish: str | None) -> tuple[list[Outgoing], bool]:
    """Make the ticket, or find the open one. Returns what still has to be said, and whether a number is asked for now."""
    calls = wish == "call_back"
    draft = _told_so_far(stores, tracker)
    open_tickets = stores.tickets.of_conversation(tracker.sender_id, open_only=True)
    # What was told of a report since is not on the open ticket: it gets its own.
    if open_tickets and draft is None:
        if calls and "phone" not in open_tickets[0]["contact"]:
            return [], True
        return _again(stores, tracker, responses, open_tickets[0], wish), False
    key = hand_over_key(tracker) or f"hand_over:{tracker.sender_id}:{secrets.token_hex(8)}"
    if too_many(stores, tracker) and stores.tickets.by_key(key) is None:
        return [no_more_tickets(responses)], False
    staffed = wish is None and _is_staffed(stores)
    heard = heard_from(tracker)
    new = NewTicket(
        key=key,
        kind=CONSULTATION,
        channel=channel_of(stores, tracker),
        conversation_id=tracker.sender_id,
        live=staffed,
        context=_context(tracker, wish or ("wait" if staffed else None)),
    )
    if draft is not None:
        new = with_report(new, draft, default_routing())
    asks = calls and "phone" not in new.contact
    said: list[Outgoing] = []

    def say(created: Created) -> list[Outgoing]:
        if calls:
            # Receipt and first question are one answer: what the form says after it finds the message answered.
            receipt = _call_back_receipt(stores, responses, created)
            said[:] = [receipt, _first_question(stores, responses)] if asks else [receipt]
        else:
            said[:] = [_receipt(stores, responses, created, staffed)]
        return said

    created = stores.tickets.create(new, say=say, turn=heard.seq, status="waiting" if staffed else None)
    return (said if created.fresh and not created.said else []), asks


def _told_so_far(stores: Stores, tracker: Tracker) -> Draft | None:
    """Return the report in whose middle a person is asked for, when there is consent and something was told."""
    kept = stores.tickets.draft(tracker.sender_id)
    if not kept or not kept["values"] or not kept["consents"].get("report", {}).get("given"):
        return None
    return Draft.from_json(kept)


def _context(tracker: Tracker, wish: str | None) -> dict[str, Any]:
    """Return what the bot could not answer, what it showed, what the user asked last, and whether they wait or want a call."""
    return {
        "wish": wish,
        "unanswered": unanswered(tracker),
        "programs": programs_shown(tracker),
        "question": open_question(tracker),
    }


def _is_staffed(stores: Stores) -> bool:
    """Return whether somebody can answer now: the centre is open, and a counsellor has the desk open."""
    return stores.hours.is_open(now()) and any(person["available"] for person in stores.tickets.on_duty())


def _receipt(stores: Stores, responses: Responses, created: Created, staffed: bool) -> Outgoing:
    ticket = created.ticket
    concerned = tuple(row["contact"] for row in stores.tickets.referrals(ticket["id"]))
    card = {
        "type": "ticket",
        "number": ticket["number"],
        "pin": created.pin,
        "contacts": shown_contacts(concerned),
    }
    values: dict[str, Any] = {"number": ticket["number"], "pin": created.pin or ""}
    if staffed:
        ahead = stores.tickets.waiting_now()
        text = text_of(responses, Say("utter_hand_over_waiting", values | {"place": ahead + 1}))
        return _with_buttons(text, [card], responses, {"utter_hand_over_button_bot": BACK_TO_BOT})
    values |= {"answer": when_answered(stores.hours, now(), ticket["due_at"], staffed=False)}
    kind = "closed" if not stores.hours.is_open(now()) else "nobody"
    text = text_of(responses, Say(f"utter_hand_over_{kind}", values))
    return _with_buttons(text, [card], responses, _choices())


def _call_back_receipt(stores: Stores, responses: Responses, created: Created) -> Outgoing:
    card = {"type": "ticket", "number": created.ticket["number"], "pin": created.pin, "contacts": []}
    values = {
        "number": created.ticket["number"],
        "pin": created.pin or "",
        "answer": when_answered(stores.hours, now(), created.ticket["due_at"]),
    }
    return Outgoing("bot", text_of(responses, Say("utter_call_back_receipt", values)), cards=[card])


def _first_question(stores: Stores, responses: Responses) -> Outgoing:
    [question] = call_back.begin().says
    text = text_of(responses, Say(question.response, _terms(stores)))
    expects = _expects(responses, call_back.CONSENT)
    choices, offers = [], {}
    for offered in expects["choices"]:
        choice = secrets.token_urlsafe(12)
        choices.append({"title": offered["title"], "choice": choice})
        offers[choice] = offered
    return Outgoing("bot", text, expects=expects | {"choices": choices}, offers=offers)


def _terms(stores: Stores) -> dict[str, str]:
    return {"days": str(stores.settings.ticket_days), "version": call_back.CONSENT_VERSION}


def _choices() -> dict[str, str]:
    return {
        "utter_hand_over_button_wait": '/talk_to_human{"wish": "wait"}',
        "utter_hand_over_button_call": '/talk_to_human{"wish": "call_back"}',
    }


def _with_buttons(text: str, cards: list[dict[str, Any]], responses: Responses, payloads: dict[str, str]) -> Outgoing:
    buttons, offers = [], {}
    for response, payload in payloads.items():
        choice, title = secrets.token_urlsafe(12), text_of(responses, Say(response))
        buttons.append({"title": title, "choice": choice})
        offers[choice] = {"title": title, "payload": payload}
    return Outgoing("bot", text, buttons=buttons, cards=cards, offers=offers)


def _again(
    stores: Stores, tracker: Tracker, responses: Responses, ticket: dict[str, Any], wish: str | None
) -> list[Outgoing]:
    """Say where the open request stands; with somebody on duty, let the user wait in the chat (again)."""
    values: dict[str, Any] = {"number": ticket["number"]}
    if wish == "call_back":
        stores.tickets.ask_call_back(ticket["id"], USER_ACTOR, {})
        values |= {"answer": when_answered(stores.hours, now(), ticket["due_at"])}
        return [Outgoing("bot", text_of(responses, Say("utter_call_back_added", values)))]
    if _is_staffed(stores):
        stores.tickets.wait_in_chat(ticket["id"], USER_ACTOR)
        _waits(stores, ticket)
        text = text_of(responses, Say("utter_hand_over_waiting_again", values))
        return [_with_buttons(text, [], responses, {"utter_hand_over_button_bot": BACK_TO_BOT})]
    values |= {"answer": when_answered(stores.hours, now(), ticket["due_at"], staffed=False)}
    if wish == "wait":
        _waits(stores, ticket)
        return [Outgoing("bot", text_of(responses, Say("utter_hand_over_will_wait", values)))]
    kind = "leak" if ticket["kind"] == LEAK else "request"
    text = text_of(responses, Say(f"utter_hand_over_open_{kind}", values))
    return [_with_buttons(text, [], responses, _choices() if ticket["kind"] != CALL_BACK else {})]


def _waits(stores: Stores, ticket: dict[str, Any]) -> None:
    if ticket["context"].get("wish") != "wait":
        stores.tickets.correct(ticket["id"], USER_ACTOR, "wish", context={**ticket["context"], "wish": "wait"})


class ValidateCallBack(Action):
    """Ask for consent and a phone number, one after the other."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        stores, heard = get_stores(), heard_from(tracker)
        asked = tracker.get_slot("requested_slot")
        tries = int(tracker.get_slot(TRIES) or 0)
        step = call_back.go_on(asked, heard, tries) if asked in call_back.STEPS else call_back.begin()
        call = tracker.get_slot(ID) or f"call:{tracker.sender_id[:16]}:{heard.seq or secrets.token_hex(4)}"[:32]
        if asked == call_back.CONSENT and (step.asked == call_back.PHONE or step.end == REFUSED):
            given = {"given": step.end is None, "version": call_back.CONSENT_VERSION, "seq": heard.seq}
            await asyncio.to_thread(stores.tickets.keep_consents, tracker.sender_id, call, {"contact": given})
        if step.question is not None:
            dispatcher.utter_message(response=QUESTION_ANSWERS[step.question])
        for place, say in enumerate(step.says):
            last = place == len(step.says) - 1 and step.asked is not None
            custom = {"expects": _expects(domain["responses"], step.asked)} if last and step.asked else None
            values = values_of(domain["responses"], say) | _terms(stores)
            dispatcher.utter_message(response=say.response, json_message=custom, **values)
        if step.end == SENT:
            # Here and not in the action after the form: if anything ends before it is stored, the form is still open.
            said = await asyncio.to_thread(_call_back, stores, tracker, step, call, domain["responses"])
            utter(dispatcher, said)
        counted = SlotSet(TRIES, str(step.tries) if step.tries else None)
        return [SlotSet(ID, call), SlotSet(END, step.end), counted, SlotSet("requested_slot", step.asked)]


def _expects(responses: Responses, asked: str) -> dict[str, Any]:
    titles = [text_of(responses, Say(f"utter_leak_choice_{key}")) for key in call_back.CHOICES[asked]]
    return {
        "form": FORM,
        "slot": asked,
        "input": "tel" if asked == call_back.PHONE else "choice",
        "choices": [{"title": title, "payload": title} for title in titles],
        "step": call_back.STEPS.index(asked) + 1,
        "of": len(call_back.STEPS),
    }


class ActionSubmitCallBack(Action):
    """End the form: forget its slots, and go on with a person or with what the user turned to."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        end = tracker.get_slot(END)
        forget: list[EventType] = [SlotSet(name, None) for name in (ID, END, TRIES)]
        if end == PERSON:
            return [*forget, FollowupAction("action_hand_over")]
        intent = heard_from(tracker).intent
        if end == call_back.LEFT and intent in GOES_ON:
            return [*forget, FollowupAction(GOES_ON[intent])]
        return forget


def _call_back(
    stores: Stores, tracker: Tracker, step: call_back.Step, call: str, responses: Responses
) -> list[Outgoing]:
    """Put the number on a ticket: the open request of this conversation, or a new one. Returns what still has to be said."""
    heard = heard_from(tracker)
    contact = {key: value for key, value in (("phone", step.phone), ("name", step.name)) if value}
    open_tickets = stores.tickets.of_conversation(tracker.sender_id, open_only=True)
    if open_tickets:
        request = open_tickets[0]
        stores.tickets.ask_call_back(request["id"], USER_ACTOR, contact, call)
        values = {"number": request["number"], "answer": when_answered(stores.hours, now(), request["due_at"])}
        return [Outgoing("bot", text_of(responses, Say("utter_call_back_added", values)))]
    if too_many(stores, tracker) and stores.tickets.by_key(f"{FORM}:{call}") is None:
        return [no_more_tickets(responses)]
    new = NewTicket(
        key=f"{FORM}:{call}",
        kind=CALL_BACK,
        channel=channel_of(stores, tracker),
        conversation_id=tracker.sender_id,
        contact=contact,
        context=_context(tracker, "call_back"),
        draft=call,
    )
    said: list[Outgoing] = []

    def say(created: Created) -> list[Outgoing]:
        said[:] = [_call_back_receipt(stores, responses, created)]
        return said

    created = stores.tickets.create(new, say=say, turn=heard.seq)
    return said if created.fresh and not created.said else []
