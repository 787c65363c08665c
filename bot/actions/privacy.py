"""A person's own data in the chat: what is stored, show it, correct it, delete it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot import leak_reading as reading
from bot.actions.leak_report import heard_from
from bot.actions.stores import Stores, get_stores
from bot.actions.words import values_of
from bot.leak_report import CONTACT_KEYS, Say
from bot.tickets.forgetting import forget_person
from bot.tickets.workflow import CLOSED, USER_ACTOR

WISH = "wish"  # the entity of a button: show | delete | delete_yes
DELETE = re.compile(r"삭제|지워|지우|파기해|없애|탈퇴|철회")
SHOW = re.compile(r"보여|열람|뭐 갖고|무엇을 갖고|내역|기록 볼|내려받|확인할 수|뭐라고 썼")
CORRECT = re.compile(r"정정|고쳐|고치|수정|바꿔")
ASKING = re.compile(r"나요|까요|가요|될까|되나|돼요|합니까|궁금|\?")
BUTTONS = {
    "utter_privacy_button_show": '/privacy_question{"wish": "show"}',
    "utter_privacy_button_delete": '/privacy_question{"wish": "delete"}',
}


class ActionPrivacy(Action):
    """Say what is stored; show or delete it when asked, after asking back before anything is deleted."""

    def name(self) -> str:
        return "action_privacy"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        stores, responses = get_stores(), domain["responses"]
        say, payloads = await asyncio.to_thread(_answer, stores, tracker)
        buttons = [
            {"title": responses[response][0]["text"], "payload": payload} for response, payload in payloads.items()
        ]
        values = values_of(responses, say) | {
            "days": str(stores.settings.retention_days),
            "ticket_days": str(stores.settings.ticket_days),
        }
        dispatcher.utter_message(response=say.response, buttons=buttons, **values)
        return []


def wish_of(tracker: Tracker) -> str:
    """Return what the user wants: show, delete, delete_yes, correct, or to know (ask)."""
    for entity in tracker.latest_message.get("entities") or []:
        if entity.get("entity") == WISH:
            return str(entity.get("value"))
    text = heard_from(tracker).text
    if ASKING.search(text) and not re.search(r"주세요|줘|싶", text):
        return "ask"
    for wish, pattern in (("delete", DELETE), ("correct", CORRECT), ("show", SHOW)):
        if pattern.search(text):
            return wish
    return "ask"


def _answer(stores: Stores, tracker: Tracker) -> tuple[Say, dict[str, str]]:
    wish = wish_of(tracker)
    tickets = stores.tickets.of_conversation(tracker.sender_id)
    if wish == "show":
        return _shown(tickets), {"utter_privacy_button_delete": BUTTONS["utter_privacy_button_delete"]}
    if wish == "delete":
        return Say("utter_privacy_delete_sure", {"count": len(tickets)}), {
            "utter_privacy_button_delete_yes": '/privacy_question{"wish": "delete_yes"}'
        }
    if wish == "delete_yes":
        forget_person(stores.settings, stores.conversations, stores.tickets, tracker.sender_id)
        return Say("utter_privacy_deleted"), {}
    if wish == "correct":
        show = {"utter_privacy_button_show": BUTTONS["utter_privacy_button_show"]}
        return _corrected(stores, tickets, heard_from(tracker).text) or Say("utter_privacy_correct"), show
    return Say("utter_privacy"), BUTTONS


def _corrected(stores: Stores, tickets: list[dict[str, Any]], text: str) -> Say | None:
    """Change a contact detail of the newest open ticket, when the text says which and to what."""
    ticket = next((ticket for ticket in tickets if ticket["state"] != CLOSED), None)
    detail = corrected_detail(text)
    if ticket is None or detail is None:
        return None
    key, value = detail
    stores.tickets.correct(
        ticket["id"], USER_ACTOR, "correct", contact={**ticket["contact"], key: value}, anonymous=False
    )
    line = Say("utter_leak_line", {"label": Say(f"utter_privacy_label_{key}"), "value": value})
    return Say("utter_privacy_corrected", {"number": ticket["number"], "line": line})


def corrected_detail(text: str) -> tuple[str, str] | None:
    """Return (name, phone, email or company; its new value) of "전화번호 010-…로 고쳐 주세요", or None."""
    named = reading.field_named(text)
    if named not in CONTACT_KEYS:
        return None
    value = reading.corrected_value(text, named)
    if named == "reporter_phone":
        found = reading.read_phone(value)
    elif named == "reporter_email":
        found = reading.read_email(value)
    else:
        name = reading.read_name(value)
        return (CONTACT_KEYS[named], name) if name else None
    return (CONTACT_KEYS[named], found.value) if found and found.value else None


def _shown(tickets: list[dict[str, Any]]) -> Say:
    if not tickets:
        return Say("utter_privacy_nothing")
    blocks = []
    for ticket in tickets:
        lines = [
            Say("utter_leak_line", {"label": Say(f"utter_leak_label_{entry['field']}"), "value": _value(entry)})
            for entry in ticket["brief"]
        ]
        contact = [
            Say("utter_leak_line", {"label": Say(f"utter_privacy_label_{key}"), "value": value})
            for key, value in ticket["contact"].items()
        ]
        blocks.append(Say("utter_privacy_ticket", {"number": ticket["number"], "lines": [*lines, *contact]}))
    return Say("utter_privacy_shown", {"tickets": blocks})


def _value(entry: dict[str, Any]) -> Any:
    value = entry["value"]
    if value in ("yes", "no"):
        return Say(f"utter_leak_value_{value}")
    return value or Say(f"utter_leak_value_{entry['how']}")
