"""From stored messages to what is sent to Telegram. Pure: the same messages always give the same pieces.

What the user wrote may stand in a text (a summary, a receipt). So no parse mode is used: style comes as entities, which no text can forge.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from channels.telegram import words
from channels.telegram.splitting import cuts, units

LONGEST_TITLE = 60
LONGEST_IN_PAIR = 9  # two titles of this length fit side by side on a phone
MOST_PHONES = 6
MOST_SECTIONS = 3
REPORT_CONSENT = ("leak_report", "privacy_consent")

# What a button carries: which kind, then ids that mean nothing outside this conversation.
PLAIN, STEP, OWN, SEPARATOR = "c", "f", "x", "."
TO_WEB, DONE = f"{OWN}{SEPARATOR}web", f"{OWN}{SEPARATOR}done"

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True, slots=True)
class Piece:
    """One message as Telegram takes it."""

    text: str
    entities: list[MessageEntity] = field(default_factory=list)
    markup: Markup | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the words of a conversation may name."""

    programs: Mapping[int, str]  # names by number
    phones: Collection[str] = ()  # others may be the user's own
    own_address: str = ""  # opens on this machine only; empty: there is a public one


@dataclass(slots=True)
class Styled:
    """A text under construction with its styles: (begin, end, style)."""

    text: str = ""
    styles: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, text: str, style: str | None = None, *, gap: str = "\n") -> None:
        """Add a text below what is there already."""
        if not text:
            return
        self.text += (gap if self.text else "") + text
        if style:
            self.styles.append((len(self.text) - len(text), len(self.text), style))


def bundles(messages: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield runs of messages that go out together: an answer is one message on Telegram, each word of staff its own."""
    run: list[dict[str, Any]] = []
    for message in messages:
        together = bool(run) and {run[-1]["from"], message["from"]} <= {"bot", "system"}
        if run and not together:
            yield run
            run = []
        run.append(message)
    if run:
        yield run


def pieces(
    bundle: Sequence[dict[str, Any]],
    *,
    expects: dict[str, Any] | None,
    keyboard_open: bool,
    known: Known,
) -> list[Piece]:
    """Return what a bundle looks like. `expects` is what the bot asks with it, or None when it is not the newest of the bot."""
    if bundle[0]["from"] == "user":
        return []
    body = compose(bundle, known)
    inline, replies = _keyboards(bundle, expects)
    if not body.text:
        if not inline and replies is None:
            return []
        body.add(words.CHOOSE)
    made = []
    if keyboard_open and inline and replies is None:
        # A message carries one keyboard only, so the old one goes away with a message of its own.
        made.append(Piece(words.NEXT_QUESTION, markup=ReplyKeyboardRemove()))
    last: Markup | None = replies or (InlineKeyboardMarkup(inline) if inline else None)
    if last is None and keyboard_open:
        last = ReplyKeyboardRemove()
    places = cuts(body.text)
    for number, (begin, end) in enumerate(places, start=1):
        text = body.text[begin:end]
        made.append(Piece(text, _entities(body, begin, end), last if number == len(places) else None))
    return made


def compose(bundle: Sequence[dict[str, Any]], known: Known) -> Styled:
    """Return the text of a bundle: what was said, cards as lines, phone numbers to tap, and the sources small at the end."""
    body = Styled()
    sources: list[Mapping[str, Any]] = []
    for message in bundle:
        text = without_own_address(message["text"], known.own_address).strip()
        if message["from"] == "staff":
            body.add(words.STAFF, MessageEntity.BOLD)
            body.add(text)
            continue
        body.add(text, gap="\n\n")
        for card in message["cards"]:
            body.add("\n".join(card_lines(card, text, known.programs)))
        sources += message["sources"]
    body.add(phone_line(body.text, known.phones), gap="\n\n")
    if named := source_words(sources, known.programs):
        body.add(words.SOURCE.format(source=named), MessageEntity.ITALIC, gap="\n\n")
    return body


def without_own_address(text: str, address: str) -> str:
    """Return a text without the lines that link to this machine: on the user's phone they open nothing."""
    return "\n".join(line for line in text.split("\n") if not address or address not in line)


def card_lines(card: Mapping[str, Any], text: str, programs: Mapping[int, str]) -> list[str]:
    """Return what a card adds to the text of its message: the bot's texts are complete without their cards."""
    if card["type"] == "program":
        name = programs.get(card["number"], str(card["number"]))
        if name in text:
            return []
        lines = [words.VERDICTS[card["verdict"]].format(name=name) if card.get("verdict") else name]
        return lines + [words.REASONS[r.get("met")].format(condition=r["condition"]) for r in card.get("reasons", [])]
    shown = {words.TICKET_NUMBER.format(number=card["number"]): card["number"]} if card["type"] == "ticket" else {}
    shown |= {f"{contact['name']} {contact['phone']}": contact["phone"] for contact in card.get("contacts", [])}
    return [line for line, number in shown.items() if number not in text]


def source_words(sources: Sequence[Mapping[str, Any]], programs: Mapping[int, str]) -> str:
    """Return the sources in words: of one program its sections, of several programs one section each."""
    by_program: dict[str, dict[str, None]] = {}
    for source in sources:
        name = programs.get(source.get("program") or 0, "")
        by_program.setdefault(name, {}).setdefault(source.get("section") or "")
    most = MOST_SECTIONS if len(by_program) == 1 else 1
    named = [f"{name} {', '.join(filter(None, list(sections)[:most]))}" for name, sections in by_program.items()]
    return " · ".join(filter(None, (each.strip() for each in named)))


def phone_line(text: str, phones: Collection[str]) -> str:
    """Return the known numbers of a text once more in the form that Telegram makes tappable, or nothing."""
    places = {phone: re.search(rf"(?<![\d-]){re.escape(phone)}(?![\d-])", text) for phone in phones}
    found = sorted((place.start(), phone) for phone, place in places.items() if place)
    return words.CALL + " · ".join(from_abroad(phone) for _, phone in found[:MOST_PHONES]) if found else ""


def from_abroad(phone: str) -> str:
    """Return a number with the country's code; a short one like 182 has no such form."""
    return f"+82-{phone.removeprefix('0')}" if "-" in phone else phone


def step_mark(expects: Mapping[str, Any] | None) -> str:
    """Return a mark of the question a form is at: a button of another question has expired."""
    if not expects:
        return "-"
    return hashlib.sha256(f"{expects['form']}/{expects['slot']}".encode()).hexdigest()[:8]


def carried(choice: str, expects: Mapping[str, Any] | None) -> str:
    """Return what a button carries."""
    parts = (STEP, step_mark(expects), choice) if expects else (PLAIN, choice)
    return SEPARATOR.join(parts)


def read_carried(data: str) -> tuple[str, str, str]:
    """Return kind, mark and id of what a button carried; the kind is empty when it is none of ours."""
    kind, *rest = data.split(SEPARATOR)
    if kind == STEP and len(rest) == 2:
        return kind, rest[0], rest[1]
    if kind in (PLAIN, OWN) and len(rest) == 1:
        return kind, "", rest[0]
    return "", "", ""


def _keyboards(
    bundle: Sequence[dict[str, Any]], expects: dict[str, Any] | None
) -> tuple[list[list[InlineKeyboardButton]], ReplyKeyboardMarkup | None]:
    offered = {button["choice"]: button["title"] for message in bundle for button in message["buttons"]}
    offered |= {button["choice"]: button["title"] for button in (expects or {}).get("choices", [])}
    if expects and expects.get("input") == "tel":
        rows = [[KeyboardButton(words.SHARE_CONTACT, request_contact=True)]]
        rows += [[KeyboardButton(shortened(title))] for title in offered.values()]
        return [], ReplyKeyboardMarkup(
            rows, resize_keyboard=True, one_time_keyboard=True, input_field_placeholder=words.PHONE_PLACEHOLDER
        )
    buttons = [
        InlineKeyboardButton(shortened(title), callback_data=carried(choice, expects))
        for choice, title in offered.items()
    ]
    if expects and (expects["form"], expects["slot"]) == REPORT_CONSENT:
        buttons.append(InlineKeyboardButton(words.TO_WEB, callback_data=TO_WEB))
    return in_rows(buttons), None


def in_rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Return buttons one or two a row: two neighbours when both are short."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        row = rows[-1] if rows else []
        if len(row) == 1 and max(len(row[0].text), len(button.text)) <= LONGEST_IN_PAIR:
            row.append(button)
        else:
            rows.append([button])
    return rows


def shortened(title: str) -> str:
    """Return a title that fits a button."""
    title = " ".join(title.split()) or "-"
    if len(title) <= LONGEST_TITLE:
        return title
    _, end = cuts(title, LONGEST_TITLE - 1)[0]
    return title[:end] + "…"


def _entities(body: Styled, begin: int, end: int) -> list[MessageEntity]:
    made = []
    for first, last, style in body.styles:
        first, last = max(first, begin), min(last, end)
        if first < last:
            made.append(MessageEntity(style, units(body.text[begin:first]), units(body.text[first:last])))
    return made
