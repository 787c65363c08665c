"""Whether a whole reply is right, as an outsider judges it over the chat API. Pure functions.

In matching, spaces, commas and middle dots do not count and "~" is "-"; an answer must also be short.
"""

from __future__ import annotations

import re
from typing import Any

from evaluation.items import Item

Reply = dict[str, Any]

LONGEST_ANSWER = 450
LONGEST_OVERVIEW = 900  # an introduction or a list
LONGEST_IN_TALK = 600
WITHOUT_FACTS = (
    "greet", "goodbye", "thanks", "bot_identity", "affirm", "deny", "cancel_or_stop", "correct_previous", "out_of_scope",
)  # fmt: skip

_NOT_COUNTED = re.compile(r"[\s,·]")
_PROGRAM_WORDS = re.compile("임치|조정|지킴|원본증명|국가핵심|유출방지|동반성장")
_PRIVACY_WORDS = re.compile("개인정보|수집|보관|파기|동의")
_TICKET_WORDS = re.compile(r"접수\s*번호|PIN|비밀번호|조회|진행")


def solid(text: str | None) -> str:
    """Return a text as it is compared."""
    return _NOT_COUNTED.sub("", text or "").replace("~", "-")


def _said(reply: Reply) -> list[dict[str, Any]]:
    return [message for message in reply.get("messages", []) if message.get("from") != "user"]


def texts(reply: Reply) -> str:
    """Return the words of a reply: what the user has to read."""
    return "\n".join(message.get("text") or "" for message in _said(reply))


def shown(reply: Reply) -> str:
    """Return everything in a reply that can answer: its words, and the contacts and numbers on its cards."""
    lines: list[str] = []
    for message in _said(reply):
        lines.append(message.get("text") or "")
        for card in message.get("cards") or []:
            if card.get("type") in ("contacts", "ticket"):
                lines += [f"{each.get('name')} {each.get('phone')}" for each in card.get("contacts") or []]
            if card.get("type") == "ticket":
                lines.append(str(card.get("number", "")))
    return "\n".join(lines)


def sources(reply: Reply) -> list[dict[str, Any]]:
    """Return the sources that a reply names; a reply with a program's facts has some."""
    return [source for message in _said(reply) for source in message.get("sources") or []]


def cards(reply: Reply, kind: str) -> list[dict[str, Any]]:
    """Return the cards of one kind."""
    return [card for message in _said(reply) for card in message.get("cards") or [] if card.get("type") == kind]


def form(reply: Reply) -> str | None:
    """Return which form runs after a reply."""
    return (reply.get("expects") or {}).get("form")


def slot(reply: Reply) -> str | None:
    """Return what the form asks for."""
    return (reply.get("expects") or {}).get("slot")


def length(reply: Reply) -> int:
    """Return how many characters the user has to read."""
    return len(solid(texts(reply)))


def holds_the_facts(item: Item, reply: Reply) -> bool:
    """Return whether a reply says what the item expects."""
    found = solid(shown(reply))
    return all(solid(each) in found for each in item["expect_all"]) and all(
        any(solid(alternative) in found for alternative in alternatives) for alternatives in item["expect_any"]
    )


def longest(item: Item) -> int:
    """Return how long the answer to a question may be."""
    return LONGEST_OVERVIEW if item.get("topic") in ("overview", "list") else LONGEST_ANSWER


def right_fact(item: Item, reply: Reply) -> bool:
    """Return whether a question about a program was answered."""
    return holds_the_facts(item, reply) and length(reply) <= longest(item)


def right_in_talk(item: Item, reply: Reply) -> bool:
    """Return whether the last question of a talk was answered."""
    return holds_the_facts(item, reply) and length(reply) <= LONGEST_IN_TALK


def right_out_of_scope(reply: Reply) -> bool:
    """Return whether the bot said something, without a program's facts and without beginning a form."""
    return not sources(reply) and form(reply) is None and length(reply) > 0


def right_act(act: str, reply: Reply) -> bool:
    """Return whether the bot did what a message wants it to do."""
    running, told = form(reply), shown(reply)
    if act == "report_leak":
        return running == "leak_report"
    if act == "ask_recommendation":
        return running == "recommendation" or bool(cards(reply, "program"))
    if act == "talk_to_human":
        return (
            reply.get("status") in ("waiting", "human")
            or running in ("handoff", "human_handoff", "handover")
            or bool(cards(reply, "ticket"))
            or _offers(reply, "상담원")
            or _offers(reply, "연결")
        )
    if act == "ask_program":
        return bool(sources(reply)) and running is None
    if act == "list_programs":
        named = bool(cards(reply, "program")) or len(_PROGRAM_WORDS.findall(told)) >= 3
        return running is None and (named or any(message.get("buttons") for message in reply["messages"]))
    if act in WITHOUT_FACTS:
        return not sources(reply) and running is None
    if act == "privacy_question":
        return running is None and bool(_PRIVACY_WORDS.search(told))
    if act == "ticket_status":
        return running not in ("leak_report", "recommendation") and bool(_TICKET_WORDS.search(told))
    return False


def _offers(reply: Reply, word: str) -> bool:
    return any(
        word in (button.get("title") or "")
        for message in reply.get("messages", [])
        for button in message.get("buttons") or []
    )


def wrong_in_recommendation(item: Item, reply: Reply) -> list[str]:
    """Return what is wrong: programs that must be recommended and are not, and those that must not be and are."""
    given = {int(card["number"]): card.get("verdict") for card in cards(reply, "program")}
    recommended = {number for number, verdict in given.items() if verdict in ("eligible", "unknown", None)}
    missed = sorted(set(item["must_include"]) - recommended)
    return [f"missed {number}" for number in missed] + [
        f"wrongly {number}" for number in sorted(recommended & set(item["must_exclude"]))
    ]


def wrong_in_report(item: Item, started: bool, seen: str, reply: Reply) -> list[str]:
    """Return what is wrong: a report begins at once, names everybody who must hear of it, and ends in a ticket only with consent.

    `seen`: everything that the bot showed in the talk; `reply`: its last answer.
    """
    told = solid(seen).replace("-", "")
    found = [] if started else ["not begun by what was told"]
    found += [f"contact {phone} missing" for phone in item["expect_contacts"] if phone.replace("-", "") not in told]
    if bool(cards(reply, "ticket")) != bool(item.get("handover", True)):
        found.append("no ticket" if item.get("handover", True) else "a ticket without consent")
    return found
