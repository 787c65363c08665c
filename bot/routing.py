"""Who must hear of a leak: chosen by facts, as data in knowledge/leak_routing.yml. Pure but for reading that file."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import KnowledgeError
from bot.knowledge import DEFAULT_FOLDER, Knowledge, load_default

FILE = "leak_routing.yml"
ALWAYS = "always"
CONTACT_FIELDS = {"program", "use", "when", "at_once"}
FACT_FIELDS = ("alone", "who", "what", "not")
# "국가핵심기술은 아니에요", "원청이 아니라": the word is there, the fact is not.
DENIED = re.compile(
    r"(?:은|는|이|가|도|에|에는|과|와|이랑|랑|하고|하고는)?\s*(?:전혀 )?(?:아니|아닌|아닙|무관|상관 ?없|관계 ?없|관련 ?없|해당 ?(?:없|안|하지 않|되지 않))"
)
DOUBTED = re.compile(r"[^.!?\n]{0,6}?(?:모르|몰라|인지\b|인지는|일까|일지|여부|같기도)")


@dataclass(frozen=True, slots=True)
class RoutedContact:
    """A contact that must hear of it: its id, name and phone, and why (always, or the fact that brought it in)."""

    id: str
    name: str
    phone: str
    why: str
    program: int
    section: str
    ministry: str = ""
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class FactWords:
    """In which words people tell a fact themselves."""

    alone: tuple[str, ...]
    who: tuple[str, ...]
    what: tuple[str, ...]
    not_: tuple[str, ...]


@dataclass(frozen=True)
class Routing:
    """All contacts in the order in which they are shown, and the words of each fact."""

    contacts: tuple[RoutedContact, ...]
    facts: dict[str, FactWords]

    def route(self, facts: dict[str, bool | None]) -> tuple[RoutedContact, ...]:
        """Return who must hear of a leak with these facts. A fact that is not known brings nobody in."""
        return tuple(contact for contact in self.contacts if contact.why == ALWAYS or facts.get(contact.why) is True)

    def contact(self, key: str) -> RoutedContact:
        """Return the contact with this id. Raises KeyError."""
        for contact in self.contacts:
            if contact.id == key:
                return contact
        raise KeyError(key)

    def told(self, fact: str, text: str) -> bool | None:
        """Return whether a text says the fact (True), denies it (False), or leaves it open (None)."""
        words = self.facts[fact]
        plain = " ".join(text.split())
        for other in words.not_:
            plain = plain.replace(other, " ")
        open_, denied = False, False
        for word in words.alone:
            for match in re.finditer(re.escape(word), plain):
                rest = plain[match.end() :]
                if DOUBTED.match(rest):
                    open_ = True
                elif DENIED.match(rest):
                    denied = True
                else:
                    return True
        if any(word in plain for word in words.who) and any(word in plain for word in words.what):
            return True
        return False if denied and not open_ else None


def load_routing(knowledge: Knowledge, folder: Path = DEFAULT_FOLDER) -> Routing:
    """Return what leak_routing.yml says. Raises KnowledgeError with every problem."""
    path = folder / FILE
    problems: list[str] = []
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise KnowledgeError([f"knowledge/{FILE}: cannot be read.\n  Write it as valid UTF-8 YAML."]) from None

    def problem(place: str, message: str, remedy: str) -> None:
        problems.append(f"knowledge/{FILE}: {place}: {message}\n  {remedy}")

    facts = {key: _fact(key, entry, problem) for key, entry in _mapping(data, "facts").items()}
    contacts = [_contact(key, entry, facts, knowledge, problem) for key, entry in _mapping(data, "contacts").items()]
    if not contacts:
        problem("contacts", "missing.", "Write at least one contact with 'when: always'.")
    if problems:
        raise KnowledgeError(problems)
    return Routing(tuple(contact for contact in contacts if contact is not None), facts)


def _mapping(data: Any, key: str) -> dict[str, Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _fact(key: str, entry: Any, problem: Any) -> FactWords:
    lists = {}
    for name in FACT_FIELDS:
        words = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            problem(f"facts.{key}.{name}", "is not a list of words.", "Write it as [first, second], or [] for none.")
            words = []
        lists[name] = tuple(words)
    return FactWords(lists["alone"], lists["who"], lists["what"], lists["not"])


def _contact(
    key: str, entry: Any, facts: dict[str, FactWords], knowledge: Knowledge, problem: Any
) -> RoutedContact | None:
    place = f"contacts.{key}"
    if not isinstance(entry, dict) or set(entry) - CONTACT_FIELDS:
        problem(place, "is not a contact.", f"Use the fields {', '.join(sorted(CONTACT_FIELDS))}.")
        return None
    when = entry.get("when")
    if when != ALWAYS and when not in facts:
        problem(f"{place}.when", f"'{when}' is not known.", f"Use one of: {', '.join([ALWAYS, *facts])}.")
    try:
        program = knowledge.program(str(entry.get("program")))
    except KeyError:
        problem(f"{place}.program", f"'{entry.get('program')}' is not known.", "Use the id of a program.")
        return None
    found = [contact for contact in program.contacts if contact.use == entry.get("use")]
    if not found:
        uses = ", ".join(sorted({contact.use for contact in program.contacts}))
        problem(f"{place}.use", f"'{entry.get('use')}' is not known.", f"Use one of: {uses}.")
        return None
    return RoutedContact(
        id=key,
        name=found[0].name,
        phone=found[0].phone,
        why=str(when),
        program=program.number,
        section=found[0].section,
        ministry=program.agency.name,
        at_once=entry.get("at_once") is True,
    )


@functools.lru_cache(maxsize=1)
def default_routing() -> Routing:
    """Return the routing of this repository, read once. Raises KnowledgeError."""
    return load_routing(load_default())
