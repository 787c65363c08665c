"""The form `leak_report`: all of its talk is in `bot.leak_report`; here it meets Rasa, the stores and the words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot import leak_reading as reading
from bot import leak_report
from bot.actions.stores import CENTRE, Stores, get_stores
from bot.actions.tracking import channel_of, programs_shown, unanswered, when_answered
from bot.actions.words import text_of, utter, values_of
from bot.conversations.store import Outgoing
from bot.conversations.talk_cache import forget_talk
from bot.korean_time import KOREA
from bot.leak_report import CHOICES, FIELDS, HANDOVER, INPUTS, PERSON, PRIVACY, SENT, WHICH, Draft, Heard, Say, Turn
from bot.routing import Routing, default_routing
from bot.tickets.store import Created, NewTicket
from bot.tickets.workflow import LEAK

FORM = "leak_report"
REPORT, END = "leak_report_id", "leak_report_end"
QUESTION_ANSWERS = {
    "ask_program": "utter_answer",
    "list_programs": "utter_list_programs",
    "compare_programs": "utter_compare",
}


OPEN = "open"  # there is a report of this conversation that is not closed yet: it is not begun a second time unasked
OPEN_BUTTONS = {
    "utter_leak_button_person": "/talk_to_human",
    "utter_leak_button_another": '/report_leak{"wish": "another"}',
}


def now() -> datetime:
    return datetime.now(UTC)


def heard_from(tracker: Tracker) -> Heard:
    """Return the latest message of the user as the form reads it."""
    message = tracker.latest_message
    intent = message.get("intent") or {}
    return Heard(
        text=message.get("text") or "",
        seq=(message.get("metadata") or {}).get("seq"),
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        named=bool((message.get("facets") or {}).get("named")),
    )


class ValidateLeakReport(Action):
    """Read the user's message, say what comes next, and ask one question."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        stores = get_stores()
        turn = await asyncio.to_thread(_take_turn, stores, tracker, default_routing())
        _say(dispatcher, domain["responses"], turn, stores.settings.ticket_days)
        if turn.end == OPEN:
            return [SlotSet("requested_slot", None)]
        if turn.end == SENT:
            # Here and not in the action after the form: if anything ends before the ticket is there, the form is still open.
            submitted = await asyncio.to_thread(_submit, stores, tracker, turn.draft.id, domain["responses"])
            utter(dispatcher, submitted)
        ending = turn.asked is None or turn.end is not None
        states = {name: _state(turn.draft, name) for name in FIELDS}
        states |= {END: turn.end, PRIVACY: _consent(turn.draft, "report")}
        states |= {HANDOVER: _consent(turn.draft, "handing_over")}
        # The tracker keeps a limited number of events: what has not changed is not said again.
        changed = [SlotSet(name, state) for name, state in states.items() if state != tracker.get_slot(name)]
        return [SlotSet(REPORT, turn.draft.id), *changed, SlotSet("requested_slot", None if ending else turn.asked)]


def _state(draft: Draft, name: str) -> str | None:
    """Return how a field was answered. Its value stays out of Rasa: it is kept encrypted in the draft."""
    return draft.values[name]["how"] if name in draft.values else None


def _consent(draft: Draft, purpose: str) -> str | None:
    given = draft.consents.get(purpose, {}).get("given")
    return None if given is None else "given" if given else "refused"


def _take_turn(stores: Stores, tracker: Tracker, routing: Routing) -> Turn:
    heard = heard_from(tracker)
    kept = stores.tickets.draft(tracker.sender_id)
    running = tracker.get_slot("requested_slot") is not None
    if kept is None and not running and (open_report := _open_report(stores, tracker, heard)) is not None:
        return Turn(Draft(""), (open_report,), None, OPEN)
    if kept is None:
        report = tracker.get_slot(REPORT)
        if running and report and stores.tickets.by_key(f"{FORM}:{report}") is not None:
            return Turn(Draft(report), (), None, SENT)  # it was sent; only Rasa had not noted it before it was ended
        if running and report and (key := hand_over_key(tracker)) and stores.tickets.by_key(key) is not None:
            return Turn(Draft(report), (), None, PERSON)  # the same with what was handed over to a person
        abroad = channel_of(stores, tracker) == "telegram"
        turn = leak_report.begin(secrets.token_hex(8), heard, routing, abroad=abroad)
    else:
        draft = Draft.from_json(kept)
        if heard.seq is not None and heard.seq == draft.seq:
            return leak_report.repeat(draft)  # it comes again when somebody was ended before the answer was stored
        if running and _was_not_seen(stores, tracker.sender_id, draft, heard):
            turn = leak_report.repeat(draft)
        elif running:
            texts = dict(_texts_by_seq(tracker))
            today = now().astimezone(KOREA).date()
            turn = leak_report.go_on(draft, heard, routing, today, texts.get)
        else:
            turn = leak_report.resume(draft, heard, routing)
    if turn.end in (leak_report.REFUSED, leak_report.STOPPED):
        stores.tickets.drop_draft(tracker.sender_id)
        if turn.draft.since is not None:
            # Before consent only the user's own words hold anything; after it the bot has repeated some.
            agreed = "report" in turn.draft.consents
            began = stores.conversations.history(tracker.sender_id, after=turn.draft.since - 1).messages[:1]
            stores.conversations.redact(tracker.sender_id, turn.draft.since, only_user=not agreed)
            forget_talk(
                stores.settings, tracker.sender_id, since=datetime.fromisoformat(began[0]["at"]) if began else None
            )
        if turn.end == leak_report.REFUSED:
            refusal = {"given": False, "version": leak_report.CONSENT_VERSION, "seq": heard.seq}
            stores.tickets.keep_consents(tracker.sender_id, turn.draft.id, {"report": refusal})
        return turn
    turn.draft.seq = heard.seq
    turn.draft.reply = leak_report.as_reply(turn)
    stores.tickets.keep_draft(tracker.sender_id, turn.draft.to_json(), turn.draft.consents)
    return turn


def _open_report(stores: Stores, tracker: Tracker, heard: Heard) -> Say | None:
    """Return what is said of the report that this conversation has made already; None when there is none or another is wanted."""
    wishes = [entity.get("value") for entity in tracker.latest_message.get("entities") or []]
    if "another" in wishes or reading.wants_another(heard.text):
        return None
    for ticket in stores.tickets.of_conversation(tracker.sender_id, open_only=True):
        if ticket["brief"]:
            answer = when_answered(stores.hours, now(), ticket["due_at"])
            return Say("utter_leak_open", {"number": ticket["number"], "answer": answer})
    return None


def hand_over_key(tracker: Tracker) -> str | None:
    """Return the key of the ticket that the wish for a person in this message makes."""
    seq = heard_from(tracker).seq
    return None if seq is None else f"hand_over:{tracker.sender_id}:{seq}"


def _was_not_seen(stores: Stores, conversation_id: str, draft: Draft, heard: Heard) -> bool:
    """Return whether our last question came too late and was never shown: what is said now cannot be its answer."""
    if draft.seq is None or heard.seq is None or stores.conversations.channel(conversation_id) is None:
        return False
    return not stores.conversations.has_asked(conversation_id, draft.seq)


def _texts_by_seq(tracker: Tracker) -> Iterator[tuple[int | None, str]]:
    for event in tracker.events:
        if event.get("event") == "user":
            yield (event.get("metadata") or {}).get("seq"), event.get("text") or ""


def _say(dispatcher: CollectingDispatcher, responses: dict[str, Any], turn: Turn, days: int) -> None:
    if turn.question is not None:
        dispatcher.utter_message(response=QUESTION_ANSWERS[turn.question])
    for place, say in enumerate(turn.says):
        custom: dict[str, Any] = {}
        if say.contacts:
            custom["cards"] = [contacts_card(say.contacts)]
            custom["sources"] = sources_of(say.contacts)
        if place == len(turn.says) - 1 and turn.asked is not None and turn.end is None:
            custom["expects"] = expects(responses, turn.asked)
        values = values_of(responses, say) | {"days": str(days), "version": leak_report.CONSENT_VERSION}
        buttons = [
            {"title": text_of(responses, Say(response)), "payload": payload}
            for response, payload in (OPEN_BUTTONS.items() if turn.end == OPEN else ())
        ]
        dispatcher.utter_message(response=say.response, buttons=buttons, json_message=custom or None, **values)


def expects(responses: dict[str, Any], asked: str) -> dict[str, Any]:
    """Return what the form waits for, with the choices as they are shown; a choice says its own words."""
    step, steps = leak_report.step_of(asked)
    keys = CHOICES.get(asked, ())
    titles = [text_of(responses, Say(f"utter_leak_choice_{key}")) for key in keys]
    choices = [{"title": title, "payload": title} for title in titles]
    if asked == WHICH:
        labels = [text_of(responses, Say(f"utter_leak_label_{name}")) for name in FIELDS]
        choices = [
            {"title": label, "payload": text_of(responses, Say("utter_leak_choice_field", {"label": label}))}
            for label in labels
        ]
    only_choices = asked in leak_report.FACT_SLOTS or asked in (leak_report.PRIVACY, leak_report.HANDOVER, WHICH)
    kind = "choice" if only_choices or asked == leak_report.CONFIRM else INPUTS.get(asked, "text")
    return {"form": FORM, "slot": asked, "input": kind, "choices": choices, "step": step, "of": steps}


def contacts_card(keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the card with these contacts of knowledge/leak_routing.yml."""
    return {"type": "contacts", "contacts": shown_contacts(keys)}


def shown_contacts(keys: tuple[str, ...]) -> list[dict[str, str]]:
    routing = default_routing()
    return [{"name": routing.contact(key).name, "phone": routing.contact(key).phone} for key in keys]


def sources_of(keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return where in the brochure these contacts stand."""
    routing = default_routing()
    return [{"program": routing.contact(key).program, "section": routing.contact(key).section} for key in keys]


class ActionSubmitLeakReport(Action):
    """End the form: forget its slots, and hand over to a person if that was wished."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        end = tracker.get_slot(END)
        states = (REPORT, END, PRIVACY, *FIELDS, HANDOVER)
        forget: list[EventType] = [SlotSet(name, None) for name in states if tracker.get_slot(name) is not None]
        if end == PERSON:
            return [*forget, FollowupAction("action_hand_over")]
        return forget


def _submit(stores: Stores, tracker: Tracker, report: str, responses: dict[str, Any]) -> list[Outgoing]:
    """Make the ticket, exactly once. Returns what still has to be said: the receipt is stored with the ticket, in one transaction."""
    kept = stores.tickets.draft(tracker.sender_id)
    if kept is None:
        ticket = stores.tickets.by_key(f"{FORM}:{report}")
        if ticket is None:
            return [Outgoing("bot", text_of(responses, Say("utter_leak_gone")))]
        return [receipt_again(stores, tracker, responses, ticket)]
    draft, routing = Draft.from_json(kept), default_routing()
    if too_many(stores, tracker):
        return [no_more_tickets(responses)]
    new = NewTicket(
        key=f"{FORM}:{draft.id}",
        kind=LEAK,
        channel=channel_of(stores, tracker),
        conversation_id=tracker.sender_id,
        context={"unanswered": unanswered(tracker), "programs": programs_shown(tracker)},
    )
    new = with_report(new, draft, routing)
    said: list[Outgoing] = []

    def say(created: Created) -> list[Outgoing]:
        said[:] = [receipt_of(stores, responses, draft, created)]
        return said

    created = stores.tickets.create(new, say=say, turn=heard_from(tracker).seq)
    if not created.fresh:
        return [receipt_again(stores, tracker, responses, created.ticket)]
    return [] if created.said else said


def receipt_again(stores: Stores, tracker: Tracker, responses: dict[str, Any], ticket: dict[str, Any]) -> Outgoing:
    """Return the receipt as it stands in the talk: who asks again may never have seen it. Without it, its number."""
    for message in reversed(stores.conversations.history(tracker.sender_id).messages):
        if any(card.get("number") == ticket["number"] for card in message["cards"] if card["type"] == "ticket"):
            return Outgoing("bot", message["text"], cards=message["cards"])
    card = {"type": "ticket", "number": ticket["number"], "pin": None, "contacts": []}
    text = text_of(responses, Say("utter_leak_already_sent", {"number": ticket["number"]}))
    return Outgoing("bot", text, cards=[card])


def too_many(stores: Stores, tracker: Tracker) -> bool:
    """Return whether a limit of tickets is used up: the address's (the gateway counts), the conversation's, or that of all."""
    settings = stores.settings
    if not settings.limits:
        return False
    if (tracker.latest_message.get("metadata") or {}).get("may_report") is False:
        return True
    return (
        stores.tickets.made_lately(tracker.sender_id) >= settings.limit_tickets_conversation
        or stores.tickets.made_lately() >= settings.limit_tickets_total
    )


def no_more_tickets(responses: dict[str, Any]) -> Outgoing:
    """Return the sentence for whoever can make no ticket now, with the centre's number."""
    centre = default_routing().contact(CENTRE)
    values = {"name": centre.name, "phone": centre.phone}
    return Outgoing("bot", text_of(responses, Say("utter_leak_too_many", values)), cards=[contacts_card((CENTRE,))])


def with_report(new: NewTicket, draft: Draft, routing: Routing) -> NewTicket:
    """Return the ticket with all that was told of a report, whom it must reach, and what its user agreed to."""
    contacts = leak_report.routed(draft, routing)
    agreed = leak_report.handing_over_to(draft, routing)
    return replace(
        new,
        urgent=any(contact.at_once for contact in contacts),
        anonymous=leak_report.is_anonymous(draft),
        brief=leak_report.brief_of(draft),
        contact=leak_report.contact_of(draft),
        context={**new.context, "handing_over": bool(agreed), "handing_over_to": agreed},
        referrals=[(contact.id, contact.why) for contact in contacts],
        draft=draft.id,
    )


def receipt_of(stores: Stores, responses: dict[str, Any], draft: Draft, created: Created) -> Outgoing:
    """Return the receipt: number, PIN, whom to call and why, when an answer comes, and what this intake is not."""
    routing = default_routing()
    contacts = leak_report.routed(draft, routing)
    keys = tuple(contact.id for contact in contacts)
    kind = "anonymous" if leak_report.is_anonymous(draft) else "named"
    values = {
        "number": created.ticket["number"],
        "pin": created.pin or "",
        "contacts": leak_report.contact_lines(draft, routing),
        "answer": when_answered(stores.hours, now(), created.ticket["due_at"]),
        "way": Say(f"utter_leak_answer_{kind}"),
        "ministry": routing.contact(CENTRE).ministry,
    }
    card = {"type": "ticket", "number": created.ticket["number"], "pin": created.pin, "contacts": shown_contacts(keys)}
    return Outgoing(
        "bot", text_of(responses, Say("utter_leak_receipt", values)), cards=[card], sources=sources_of(keys)
    )
