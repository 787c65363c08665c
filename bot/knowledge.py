"""What the bot knows: the programs, agencies and sources in knowledge/. `python -m bot.knowledge` checks them."""

from __future__ import annotations

import datetime
import functools
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import KnowledgeError

DEFAULT_FOLDER = Path(__file__).resolve().parent.parent / "knowledge"

TOPICS = (
    *("overview", "target", "exclusion", "support", "scope", "cost", "period", "apply", "contact", "department"),
    *("operator", "effect", "duration", "duty", "sanction", "priority", "staff", "hours", "address", "law"),
    *("documents", "review", "other"),
)
PRICES = ("free", "paid", "partly", "shared")  # partly: free up to a point; shared: support pays part of what it costs
PERIODS = ("notice", "all_year")
SIZES = ("sme", "mid_sized", "large", "individual", "institution")
KINDS = ("ministry", "operator", "centre")
COMPARISONS = ("one_of", "none_of", "any_of", "equals", "at_least", "at_most", "more_than", "less_than")
LIMITS = ("at_least", "at_most", "more_than", "less_than")
LISTS = ("one_of", "none_of", "any_of")
FITS = ("first", "strong", "some")

# What can be known of a company, with the values it may have. A tuple of no values: company.yml lists them.
BUSINESS_STATUSES = ("active", "suspended", "closed")
YES_OR_NO = (True, False)
FACTS: dict[str, tuple[Any, ...] | type] = {
    "company_size": SIZES,
    "industry": (),
    "business_status": BUSINESS_STATUSES,
    "needs": (),
    "certifications": (),
    "employee_count": int,
    "holds_national_core_technology": YES_OR_NO,
    "holds_industrial_technology": YES_OR_NO,
    "is_subcontractor": YES_OR_NO,
    "partner_of_large_company": YES_OR_NO,
    "in_cross_shareholding_group": YES_OR_NO,
    "counterparty_in_cross_shareholding_group": YES_OR_NO,
    "leak_occurred": YES_OR_NO,
    "uses_escrow": YES_OR_NO,
    "has_security_equipment": YES_OR_NO,
    "accepts_self_payment": YES_OR_NO,
}

FACT_LENGTH = 120
TOPIC_LENGTH = 400  # without spaces: a topic answer must stay under 450 with its source and its lead-in

_PHONE = re.compile(r"(0\d{1,2}-\d{3,4}-\d{4}(~\d{1,4})?|1\d{3}-\d{4}|1\d{2})")
_PHONE_IN_TEXT = re.compile(r"\d{2,4}-\d{3,4}(-\d{4})?")
_WEBSITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_REFERENCE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Agency:
    """A ministry, an operator of programs, or a centre that people call or visit."""

    id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    part_of: str | None = None
    phone: str | None = None
    address: str | None = None
    days: str | None = None
    opens: str | None = None
    closes: str | None = None
    section: str | None = None

    @property
    def hours(self) -> str | None:
        """Return the opening hours in words ("평일 09:00~18:00"), or None where the brochure gives none."""
        return f"{self.days} {self.opens}~{self.closes}" if self.days and self.opens and self.closes else None


@dataclass(frozen=True)
class Source:
    """A document that the facts come from."""

    id: str
    title: str
    note: str
    dated: datetime.date | None = None


@dataclass(frozen=True)
class Fact:
    """One short sentence about a program, with the topic it answers and the heading it stands under in the source."""

    topic: str
    text: str
    section: str
    about: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """Return every topic that this fact answers, its own first."""
        return (self.topic, *self.also)


@dataclass(frozen=True)
class Contact:
    """Whom to call, and what for (문의, 대표번호, 위반행위 신고)."""

    name: str
    phone: str
    use: str
    section: str


@dataclass(frozen=True)
class Department:
    """The team behind a program and its own numbers."""

    name: str
    phones: tuple[str, ...]
    section: str


@dataclass(frozen=True)
class Condition:
    """What must hold of a company.

    `when` limits it to companies for which those facts have one of those values, `only_for` to companies that come for
    one of those needs; who comes for a need of `not_for` is spared it. `change` says what would make it hold.
    """

    fact: str
    comparison: str
    value: Any
    section: str
    text: str
    unit: str = ""
    when: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    only_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    change: str | None = None


@dataclass(frozen=True)
class Priority:
    """What puts a company first in line without being required."""

    fact: str
    comparison: str
    value: Any
    section: str
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Remark:
    """What a company of which something holds is told about the program: it decides nothing."""

    fact: str
    comparison: str
    value: Any
    section: str
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Service:
    """A need that the program serves, how well, and why in one sentence."""

    need: str
    why: str
    section: str
    fit: str = "strong"


@dataclass(frozen=True)
class Suit:
    """Whom the program suits whatever they came for: companies of which something holds, or everyone (`fact` is None)."""

    why: str
    section: str
    fit: str = "strong"
    fact: str | None = None
    comparison: str = ""
    value: Any = None


@dataclass(frozen=True)
class Word:
    """An entry of company.yml: a need, an industry or a certification, and how people say it.

    In `words`, spaces do not count, and `*` stands for a few characters. `unless` are words around which it is not meant.
    """

    id: str
    name: str
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    offered: bool = False
    may_have_happened: bool = False


@dataclass(frozen=True)
class Program:
    """One support program."""

    id: str
    number: int
    name: str
    short_name: str
    agency: Agency
    operator: Agency
    department: Department
    contacts: tuple[Contact, ...]
    open_to: tuple[str, ...]
    source: Source
    checked_on: datetime.date
    name_in_table: str | None = None
    aliases: tuple[str, ...] = ()
    clues: tuple[str, ...] = ()
    website: str | None = None
    price: str | None = None
    open_from: datetime.date | None = None
    open_until: datetime.date | None = None
    facts: tuple[Fact, ...] = ()
    conditions: tuple[Condition, ...] = ()
    priorities: tuple[Priority, ...] = ()
    needs: tuple[Service, ...] = ()
    suits: tuple[Suit, ...] = ()
    remarks: tuple[Remark, ...] = ()
    tell_the_user: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name the program goes by: full names, the short name, aliases."""
        titles = (self.name, self.name_in_table, self.short_name)
        return tuple(dict.fromkeys([*(title for title in titles if title), *self.aliases]))


@dataclass(frozen=True, eq=False)  # by identity: it may be an argument of a cached function
class Knowledge:
    """All programs in the order of their numbers, all agencies, web sites by address, and sources."""

    programs: tuple[Program, ...]
    agencies: tuple[Agency, ...]
    sites: dict[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    needs: dict[str, Word] = field(default_factory=dict)
    industries: dict[str, Word] = field(default_factory=dict)
    certifications: dict[str, Word] = field(default_factory=dict)

    def program(self, key: str | int) -> Program:
        """Return the program with this id or number. Raises KeyError when there is none."""
        for program in self.programs:
            if key in (program.id, program.number):
                return program
        raise KeyError(key)

    def agency(self, key: str) -> Agency:
        """Return the agency with this id. Raises KeyError when there is none."""
        for agency in self.agencies:
            if agency.id == key:
                return agency
        raise KeyError(key)

    def facts(self, key: str | int, topic: str) -> tuple[Fact, ...]:
        """Return the facts of a program that answer a topic, first those written for it. Raises KeyError."""
        facts = [fact for fact in self.program(key).facts if topic in fact.topics]
        return tuple(sorted(facts, key=lambda fact: fact.topic != topic))

    def programs_of(self, agency: str) -> tuple[Program, ...]:
        """Return the programs that an agency is in charge of, runs, or answers the phone for (a centre)."""
        wanted = self.agency(agency)
        return tuple(
            program
            for program in self.programs
            if wanted in (program.agency, program.operator)
            or (wanted.kind == "centre" and any(contact.phone == wanted.phone for contact in program.contacts))
        )


def load(folder: Path = DEFAULT_FOLDER) -> Knowledge:
    """Return what the folder holds. Raises KnowledgeError with every problem of every file."""
    problems: list[str] = []
    agencies_file = _Reader(folder / "agencies.yml", problems)
    if not agencies_file.data:
        raise KnowledgeError(problems)  # every program would complain that its agency is not known
    agencies, sites, sources = _read_agencies(agencies_file)
    words = _read_words(_Reader(folder / "company.yml", problems))
    programs = []
    files = sorted((folder / "programs").glob("*.yml"))
    if not files:
        _note(problems, folder / "programs", "", "no program files.", "Add one per program, as README.md shows.")
    for path in files:
        program = _read_program(_Reader(path, problems), agencies, sites, sources, words)
        if program is not None:
            programs.append(program)
    programs.sort(key=lambda program: program.number)
    _check_across(programs, agencies, folder, problems)
    if problems:
        raise KnowledgeError(problems)
    return Knowledge(tuple(programs), tuple(agencies.values()), sites, tuple(sources.values()), **words)


@functools.lru_cache(maxsize=1)
def load_default() -> Knowledge:
    """Return the knowledge of this repository, read once. Raises KnowledgeError as `load` does."""
    return load()


def check(folder: Path = DEFAULT_FOLDER) -> Knowledge:
    """Return what the folder holds, all files of it checked. Raises KnowledgeError with every problem of every file."""
    from bot.routing import load_routing  # it builds on this module

    knowledge = None
    problems: list[str] = []
    try:
        knowledge = load(folder)
        load_routing(
            knowledge, folder
        )  # its contacts are those of the programs: without them nothing can be said of it
    except KnowledgeError as error:
        problems += error.problems
    try:
        load_list_words(folder)
    except KnowledgeError as error:
        problems += error.problems
    if problems or knowledge is None:
        raise KnowledgeError(problems)
    return knowledge


@functools.lru_cache(maxsize=1)
def load_list_words(folder: Path = DEFAULT_FOLDER) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the words by which people ask for a list or a topic: {"price": {"free": (…)}, "size": {…}, "period": {…}, "not": {…}, "topics": {…}, "all": {…}}.

    Raises KnowledgeError with every problem of words.yml.
    """
    problems: list[str] = []
    file = _Reader(folder / "words.yml", problems)
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    kinds = {"price": PRICES, "size": SIZES, "period": PERIODS, "not": ("not",), "topics": TOPICS, "all": ("all",)}
    for kind, keys in kinds.items():
        if (entry := file.part(kind)) is not None:
            entry.known.update(keys)
            words[kind] = {key: entry.texts(key) for key in entry.data if key in keys}
            entry.refuse_unknown()
    file.refuse_unknown()
    if problems:
        raise KnowledgeError(problems)
    return words


def comparable(name: str) -> str:
    """Return a name as it is compared: lower case, nothing but letters and digits."""
    return "".join(character for character in name.casefold() if character.isalnum())


class _UniqueKeyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML keeps the last of two equal keys without a word; here the second one is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{name}' stands twice", key.start_mark)
            seen.add(name)
        return dict(super().construct_mapping(node, deep))


class _Reader:
    """Takes fields out of one mapping of one file and notes each problem with its place and its remedy."""

    def __init__(self, path: Path, problems: list[str], data: Any = None, place: str = "") -> None:
        self.path, self.problems, self.place = path, problems, place
        self.good = True
        self.known: set[str] = set()
        self.data: dict[str, Any] = {}
        if not place:
            data = self._read_file()
        if isinstance(data, dict):
            self.data = data
        if not self.data and self.good:
            self.problem("", f"{_shown(data)} is not a mapping of fields.", "Write fields as 'name: value'.")

    def _read_file(self) -> Any:
        try:
            data = yaml.load(self.path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 (a safe loader)
        except OSError:
            self.problem("", "cannot be read.", "Put the file there, as README.md shows.")
        except UnicodeDecodeError:
            self.problem("", "is not UTF-8.", "Save the file as UTF-8.")
        except (yaml.YAMLError, ValueError) as error:  # ValueError: a day such as 2025-02-30
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark else ""
            reason = getattr(error, "problem", None) or str(error)
            self.problem("", f"not valid YAML: {where}{reason}.", "Mend it; text with ':' or '#' needs quotes.")
        else:
            return data
        return {}

    def problem(self, name: str, message: str, remedy: str) -> None:
        self.good = False
        place = f"{self.place}.{name}" if self.place and name else self.place or name
        _note(self.problems, self.path, place, message, remedy)

    def take(self, name: str, needed: bool, remedy: str) -> Any:
        self.known.add(name)
        value = self.data.get(name)
        if value is None and needed and self.data:
            self.problem(name, "missing.", remedy)
        return value

    def text(self, name: str, needed: bool = True, remedy: str = "Write it as text.") -> str | None:
        value = self.take(name, needed, remedy)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.problem(name, f"{_shown(value)} is not text.", f"{remedy} Put numbers and times in quotes.")
            return None
        return value.strip()

    def matching(self, name: str, pattern: re.Pattern[str], kind: str, remedy: str, needed: bool = True) -> str | None:
        value = self.text(name, needed, remedy)
        if value is not None and not pattern.fullmatch(value):
            self.problem(name, f"'{value}' is not {kind}.", remedy)
        return value

    def choice(self, name: str, choices: tuple[str, ...], kind: str, needed: bool = True) -> str | None:
        remedy = f"Use one of: {', '.join(choices)}."
        value = self.text(name, needed, remedy)
        if value is not None and value not in choices:
            self.problem(name, f"'{value}' is not {kind}.", remedy)
        return value

    def key(self, name: str, table: dict[str, Any], kind: str, needed: bool = True) -> Any:
        remedy = f"Use a key of {kind} in agencies.yml: {', '.join(sorted(table)) or 'none yet'}."
        value = self.text(name, needed, remedy)
        if value is not None and value not in table:
            self.problem(name, f"'{value}' is not known.", remedy)
        return table.get(value) if value is not None else None

    def day(self, name: str, needed: bool, remedy: str) -> datetime.date | None:
        value = self.take(name, needed, remedy)
        if value is not None and type(value) is not datetime.date:
            self.problem(name, f"{_shown(value)} is not a day.", "Write it as 2025-03-02, without quotes.")
            return None
        return value

    def texts(self, name: str, choices: tuple[str, ...] | None = None, kind: str = "") -> tuple[str, ...]:
        values = self._list(name)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                self.problem(f"{name}[{index}]", f"{_shown(value)} is not text.", "Put numbers and times in quotes.")
            elif choices is not None and value not in choices:
                self.problem(f"{name}[{index}]", f"'{value}' is not {kind}.", f"Use one of: {', '.join(choices)}.")
            elif value in values[:index]:
                self.problem(f"{name}[{index}]", f"'{value}' stands twice.", "Delete one of the two.")
        return tuple(value for value in values if isinstance(value, str))

    def flag(self, name: str) -> bool:
        value = self.take(name, False, "")
        if value is not None and type(value) is not bool:
            self.problem(name, f"{_shown(value)} is neither true nor false.", "Write true, or leave it out.")
        return value is True

    def mappings(self, name: str) -> list[_Reader]:
        return [self._part(f"{name}[{index}]", value) for index, value in enumerate(self._list(name))]

    def mapping(self, name: str, needed: bool = True) -> dict[str, Any]:
        value = self.take(name, needed, "Write fields as 'name: value'.")
        if value is not None and not isinstance(value, dict):
            self.problem(name, f"{_shown(value)} is not a mapping.", "Write fields as 'name: value'.")
        return value if isinstance(value, dict) else {}

    def part(self, name: str) -> _Reader | None:
        value = self.take(name, True, "Write fields as 'name: value'.")
        return None if value is None else self._part(name, value)

    def parts(self, name: str) -> dict[str, _Reader]:
        return {str(key): self._part(f"{name}.{key}", value) for key, value in self.mapping(name).items()}

    def _part(self, name: str, value: Any) -> _Reader:
        place = f"{self.place}.{name}" if self.place else name
        return _Reader(self.path, self.problems, value, place)

    def _list(self, name: str) -> list[Any]:
        value = self.take(name, False, "")
        if value is not None and not isinstance(value, list):
            self.problem(name, f"{_shown(value)} is not a list.", "Write it as [first, second], or [] for none.")
        return value if isinstance(value, list) else []

    def refuse_unknown(self) -> None:
        for name in self.data:
            if name not in self.known:
                self.problem(str(name), "is not a field.", f"Use one of: {', '.join(sorted(self.known))}.")


def _read_agencies(file: _Reader) -> tuple[dict[str, Agency], dict[str, str], dict[str, Source]]:
    agencies: dict[str, Agency] = {}
    parents: list[tuple[_Reader, str]] = []
    for key, entry in file.parts("agencies").items():
        if not _ID.fullmatch(key):
            entry.problem("", f"'{key}' is not a key.", "Use small Latin letters, digits and '_'.")
        agency = Agency(
            id=key,
            kind=entry.choice("kind", KINDS, "a kind") or "",
            name=entry.text("name", remedy="Write the name as the source has it.") or "",
            aliases=entry.texts("aliases"),
            part_of=entry.text("part_of", needed=False),
            phone=entry.matching("phone", _PHONE, "a phone number", _PHONE_REMEDY, needed=False),
            address=entry.text("address", needed=False),
            days=entry.text("days", needed=False),
            opens=entry.matching("opens", _CLOCK, "a time", 'Write it as "09:00".', needed=False),
            closes=entry.matching("closes", _CLOCK, "a time", 'Write it as "18:00".', needed=False),
            section=entry.text("section", needed=False),
        )
        if agency.phone and not agency.section:
            entry.problem("section", "missing.", "Name the heading of the source under which the phone number stands.")
        if agency.part_of:
            parents.append((entry, agency.part_of))
        entry.refuse_unknown()
        agencies[key] = agency
    for entry, parent in parents:
        if parent not in agencies:
            entry.problem("part_of", f"'{parent}' is not known.", f"Use one of: {', '.join(sorted(agencies))}.")
    sites = {}
    for address, name in file.mapping("sites").items():
        if not isinstance(name, str) or not _WEBSITE.fullmatch(str(address)):
            file.problem(f"sites.{address}", "is not a web site with its name.", "Write it as www.example.go.kr: name.")
        else:
            sites[str(address)] = name
    sources = {}
    for key, entry in file.parts("sources").items():
        sources[key] = Source(
            id=key,
            title=entry.text("title", remedy="Write the title of the document.") or "",
            note=entry.text("note", remedy="Write what a reader must know about the document.") or "",
            dated=entry.day("dated", False, ""),
        )
        entry.refuse_unknown()
    file.refuse_unknown()
    return agencies, sites, sources


_PHONE_REMEDY = 'Write it in quotes, as "02-123-4567", "1600-1234" or "182".'


def _read_program(
    file: _Reader,
    agencies: dict[str, Agency],
    sites: dict[str, str],
    sources: dict[str, Source],
    words: dict[str, dict[str, Word]],
) -> Program | None:
    name = file.path.stem
    if not _ID.fullmatch(name):
        file.problem("", f"'{name}' is not an id.", "Name the file with small Latin letters, digits and '_'.")
    number = file.take("number", True, "Give the program its number.")
    if number is not None and (type(number) is not int or number < 1):
        file.problem("number", f"{_shown(number)} is not a number.", "Write a whole number from 1, without quotes.")
        number = None
    checked_on = file.day("checked_on", True, "Write the day on which you compared this file with its source.")
    fields: dict[str, Any] = {
        "name": file.text("name", remedy="Write the name as the source has it."),
        "name_in_table": file.text("name_in_table", needed=False),
        "short_name": file.text("short_name", remedy="Write the name used in running text."),
        "aliases": file.texts("aliases"),
        "clues": file.texts("clues"),
        "agency": file.key("agency", agencies, "agencies"),
        "operator": file.key("operator", agencies, "agencies"),
        "department": _read_department(file),
        "contacts": tuple(_read_contact(entry, agencies) for entry in file.mappings("contacts")),
        "website": file.text("website", needed=False),
        "price": file.choice("price", PRICES, "a price", needed=False),
        "open_to": file.texts("open_to", SIZES, "a size"),
        "source": file.key("source", sources, "sources"),
        "open_from": file.day("open_from", False, ""),
        "open_until": file.day("open_until", False, ""),
        "facts": tuple(_read_fact(entry, agencies) for entry in file.mappings("facts")),
        "conditions": tuple(_read_condition(entry, words) for entry in file.mappings("conditions")),
        "priorities": tuple(Priority(**_read_rule(entry, words)) for entry in file.mappings("priorities")),
        "needs": tuple(_read_service(entry, words) for entry in file.mappings("needs")),
        "suits": tuple(_read_suit(entry, words) for entry in file.mappings("suits")),
        "remarks": tuple(Remark(**_read_rule(entry, words)) for entry in file.mappings("remarks")),
        "tell_the_user": file.texts("tell_the_user"),
    }
    if file.data:
        _check_program(file, fields, sites)
        file.refuse_unknown()
    # An incomplete program is left out here: its problems are noted, and `load` raises for them.
    needed = ("name", "short_name", "agency", "operator", "department", "source")
    if number is None or checked_on is None or any(fields[key] is None for key in needed):
        return None
    return Program(id=name, number=number, checked_on=checked_on, **fields)


def _check_program(file: _Reader, fields: dict[str, Any], sites: dict[str, str]) -> None:
    website = fields["website"]
    if website is not None and website not in sites:
        file.problem("website", f"'{website}' is not known.", "Add it with its name to sites in agencies.yml.")
    if not fields["contacts"]:
        file.problem("contacts", "missing.", "Name at least one contact with name, phone, use and section.")
    if not fields["open_to"]:
        file.problem("open_to", "missing.", f"Name who may use the program: {', '.join(SIZES)}.")
    seen: dict[tuple[str, str], int] = {}
    for index, contact in enumerate(fields["contacts"]):
        first = seen.setdefault((contact.phone, contact.use), index)
        if first != index and contact.phone:
            remedy = f"Delete one of contacts[{first}] and contacts[{index}]."
            file.problem(f"contacts[{index}].phone", f"{contact.phone} stands twice for {contact.use}.", remedy)
    texts: dict[str, int] = {}
    lengths: dict[str, int] = {}
    for index, fact in enumerate(fields["facts"]):
        first = texts.setdefault(fact.text, index)
        if first != index and fact.text:
            remedy = f"Delete one, and give facts[{first}] the second topic with 'also'."
            file.problem(f"facts[{index}].text", f"stands twice (also facts[{first}]).", remedy)
        for topic in fact.topics:
            lengths[topic] = lengths.get(topic, 0) + len("".join(fact.text.split()))
    for topic, length in lengths.items():
        if length >= TOPIC_LENGTH:
            message = f"the facts of topic '{topic}' have {length} characters together."
            file.problem("facts", message, f"Shorten them to less than {TOPIC_LENGTH}.")
    if fields["facts"] and "overview" not in lengths:
        file.problem("facts", "no fact of topic 'overview'.", "Write one sentence that says what the program is.")
    if not fields["facts"]:
        file.problem("facts", "missing.", "Write what the source says, one short sentence per fact.")


def _read_department(file: _Reader) -> Department | None:
    entry = file.part("department")
    if entry is None:
        return None
    phones = entry.texts("phones")
    for index, phone in enumerate(phones):
        if not _PHONE.fullmatch(phone):
            entry.problem(f"phones[{index}]", f"'{phone}' is not a phone number.", _PHONE_REMEDY)
    department = Department(
        name=entry.text("name", remedy="Write the name of the team.") or "",
        phones=phones,
        section=entry.text("section", remedy=_SECTION_REMEDY) or "",
    )
    entry.refuse_unknown()
    return department


_SECTION_REMEDY = "Name the heading of the source under which this stands."


def _read_contact(entry: _Reader, agencies: dict[str, Agency]) -> Contact:
    """Return the contact; `at: <agency>` takes name and phone from agencies.yml."""
    agency = entry.key("at", agencies, "agencies", needed=False)
    if agency is not None and agency.phone is None:
        entry.problem("at", f"'{agency.id}' has no phone.", "Give it one there, or write name and phone here.")
    has_agency = entry.data.get("at") is not None
    if has_agency and "phone" in entry.data:
        entry.problem("phone", "stands here and in agencies.yml.", "Delete it here: 'at' brings the phone.")
    name = entry.text("name", needed=not has_agency, remedy="Write whom one calls, or use 'at'.")
    phone = entry.matching("phone", _PHONE, "a phone number", _PHONE_REMEDY, needed=not has_agency)
    contact = Contact(
        name=name or (agency.name if agency else ""),
        phone=phone or (agency.phone or "" if agency else ""),
        use=entry.text("use", remedy="Write what one calls for, such as 문의.") or "",
        section=entry.text("section", remedy=_SECTION_REMEDY) or "",
    )
    entry.refuse_unknown()
    return contact


def _read_fact(entry: _Reader, agencies: dict[str, Agency]) -> Fact:
    topic = entry.choice("topic", TOPICS, "a topic") or ""
    also = entry.texts("also", TOPICS, "a topic")
    if topic and topic in also:
        entry.problem("also", f"'{topic}' is its topic already.", "Delete it there.")
    text = _filled(entry, entry.text("text", remedy="Write one short sentence.") or "", agencies)
    if text and not text.endswith(("요.", "요?", "요!")):
        entry.problem("text", f"'{text}' is not a polite sentence.", "End it in 해요체 with a full stop: '…해요.'")
    if len(text) > FACT_LENGTH:
        entry.problem("text", f"has {len(text)} characters.", f"Shorten it to {FACT_LENGTH}, or make two of it.")
    if _PHONE_IN_TEXT.search(text):
        entry.problem("text", f"'{text}' holds a phone number.", "Write it once, under contacts or department.")
    fact = Fact(
        topic=topic,
        text=text,
        section=entry.text("section", remedy=_SECTION_REMEDY) or "",
        about=entry.texts("about"),
        also=also,
    )
    entry.refuse_unknown()
    return fact


def _filled(entry: _Reader, text: str, agencies: dict[str, Agency]) -> str:
    """Return the text with each {agency.field} taken from agencies.yml, so that an address stands once."""

    def value_of(match: re.Match[str]) -> str:
        key, _, name = match[1].partition(".")
        value = getattr(agencies.get(key), name, None) if name in ("name", "address", "hours") else None
        if value is None:
            remedy = "Use {agency.name}, {agency.address} or {agency.hours} of an agency that has it in agencies.yml."
            entry.problem("text", f"'{match[0]}' has no value.", remedy)
        return value or match[0]

    return _REFERENCE.sub(value_of, text)


def _read_words(file: _Reader) -> dict[str, dict[str, Word]]:
    """Return the needs, industries and certifications of company.yml by id."""
    found: dict[str, dict[str, Word]] = {}
    for kind in ("needs", "industries", "certifications"):
        entries = found[kind] = {}
        for key, entry in file.parts(kind).items():
            if not _ID.fullmatch(key):
                entry.problem("", f"'{key}' is not an id.", "Use small Latin letters, digits and '_'.")
            entries[key] = Word(
                id=key,
                name=entry.text("name", remedy="Write what people call it.") or "",
                words=entry.texts("words"),
                unless=entry.texts("unless"),
                offered=entry.flag("offered"),
                may_have_happened=entry.flag("may_have_happened"),
            )
            entry.refuse_unknown()
    if file.data:
        file.refuse_unknown()
    return found


def _read_condition(entry: _Reader, words: dict[str, dict[str, Word]]) -> Condition:
    when = []
    for name, values in entry.mapping("when", needed=False).items():
        if not isinstance(values, list) or not values:
            entry.problem(f"when.{name}", f"{_shown(values)} is not a list.", "Write the values as [first, second].")
        else:
            _check_fact(entry, f"when.{name}", str(name), tuple(values), words)
            when.append((str(name), tuple(values)))
    only_for = entry.texts("only_for", tuple(words["needs"]), "a need")
    not_for = entry.texts("not_for", tuple(words["needs"]), "a need")
    change = entry.text("change", needed=False)
    rule = _read_rule(entry, words)
    return Condition(**rule, when=tuple(when), only_for=only_for, not_for=not_for, change=change)


def _read_service(entry: _Reader, words: dict[str, dict[str, Word]]) -> Service:
    service = Service(
        need=entry.choice("need", tuple(words["needs"]), "a need") or "",
        why=entry.text("why", remedy="Write in one sentence how the program serves the need.") or "",
        section=entry.text("section", remedy=_SECTION_REMEDY) or "",
        fit=entry.choice("fit", FITS, "a fit", needed=False) or "strong",
    )
    entry.refuse_unknown()
    return service


def _read_suit(entry: _Reader, words: dict[str, dict[str, Word]]) -> Suit:
    comparison = _read_comparison(entry, words) if "fact" in entry.data else {}
    suit = Suit(
        why=entry.text("why", remedy="Write in one sentence why the program suits them.") or "",
        section=entry.text("section", remedy=_SECTION_REMEDY) or "",
        fit=entry.choice("fit", FITS, "a fit", needed=False) or "strong",
        **comparison,
    )
    entry.refuse_unknown()
    return suit


def _read_rule(entry: _Reader, words: dict[str, dict[str, Word]]) -> dict[str, Any]:
    rule = _read_comparison(entry, words)
    rule["section"] = entry.text("section", remedy=_SECTION_REMEDY) or ""
    rule["text"] = text = entry.text("text", remedy="Write what the user hears.") or ""
    rule["unit"] = entry.text("unit", needed=rule["comparison"] in LIMITS, remedy="Write what is counted, as 명.") or ""
    if rule["comparison"] in LIMITS and "{limit}" not in text:
        entry.problem(
            "text", f"'{text}' has no {{limit}}.", "Put {limit} where '300명 이하' stands: 'is' gives its words."
        )
    entry.refuse_unknown()
    return rule


def _read_comparison(entry: _Reader, words: dict[str, dict[str, Word]]) -> dict[str, Any]:
    fact = entry.choice("fact", tuple(FACTS), "a fact") or ""
    comparison = entry.choice("is", COMPARISONS, "a comparison") or ""
    value = entry.take("value", True, "Write the value to compare with.")
    if comparison in LISTS and value is not None:
        if not isinstance(value, list) or not value:
            entry.problem("value", f"{_shown(value)} is not a list.", "Write the values as [first, second].")
        else:
            value = tuple(value)
    if comparison in LIMITS and value is not None and type(value) not in (int, float):
        entry.problem("value", f"{_shown(value)} is not a number.", f"'{comparison}' needs a number without quotes.")
    elif value is not None:
        _check_fact(entry, "value", fact, value if isinstance(value, tuple) else (value,), words)
    return {"fact": fact, "comparison": comparison, "value": value}


def values_of(fact: str, words: dict[str, dict[str, Word]]) -> tuple[Any, ...]:
    """Return the values that a fact may have; none where it is a number, or where the fact is not known."""
    values = FACTS.get(fact, ())
    if not isinstance(values, tuple):
        return ()
    return values or tuple(words.get(_WORDS_OF.get(fact, ""), ()))


_WORDS_OF = {"industry": "industries", "needs": "needs", "certifications": "certifications"}


def _check_fact(
    entry: _Reader, place: str, fact: str, values: tuple[Any, ...], words: dict[str, dict[str, Word]]
) -> None:
    """Note each value that the fact cannot have: a condition with it would never hold, or always."""
    allowed = values_of(fact, words)
    for value in values:
        if allowed and not any(value is one or (value == one and type(value) is type(one)) for one in allowed):
            remedy = f"Use one of: {', '.join(map(str, allowed))}."
            entry.problem(place, f"{_shown(value)} is not a value of '{fact}'.", remedy)


def _check_across(programs: list[Program], agencies: dict[str, Agency], folder: Path, problems: list[str]) -> None:
    """Note numbers and names that two programs, or two agencies, share."""
    numbers: dict[int, str] = {}
    names: dict[str, str] = {}
    for program in programs:
        path = folder / "programs" / f"{program.id}.yml"
        first = numbers.setdefault(program.number, program.id)
        if first != program.id:
            message = f"{program.number} belongs to {first}.yml."
            _note(problems, path, "number", message, "Give each program its own number.")
        aliases: dict[str, str] = {}
        for alias in program.aliases:
            same = aliases.setdefault(comparable(alias), alias)
            if same != alias:
                message = f"'{alias}' is '{same}' again: spaces and signs do not count."
                _note(problems, path, "aliases", message, "Delete one of the two.")
        own = {comparable(name): name for name in program.names}
        for key, name in own.items():
            other = names.setdefault(key, program.id)
            if other != program.id:
                remedy = "Leave it where it can mean only one program, or delete it in both."
                _note(problems, path, "aliases", f"'{name}' also means {other}.yml.", remedy)
    titles: dict[str, str] = {}
    for agency in agencies.values():
        for name in (agency.name, *agency.aliases):
            other = titles.setdefault(comparable(name), agency.id)
            if other != agency.id:
                place = f"agencies.{agency.id}.aliases"
                _note(
                    problems, folder / "agencies.yml", place, f"'{name}' also means {other}.", "Delete one of the two."
                )


def _note(problems: list[str], path: Path, place: str, message: str, remedy: str) -> None:
    file = "/".join(path.parts[-3:] if path.suffix and path.parent.name == "programs" else path.parts[-2:])
    problems.append(f"{file}: {place + ': ' if place else ''}{message}\n  {remedy}")


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)


def main() -> int:
    """Check the folder, print a summary or every problem; return the exit code (0 good, 1 problems)."""
    try:
        knowledge = check(DEFAULT_FOLDER)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 1
    programs = knowledge.programs
    facts = sum(len(program.facts) for program in programs)
    print(f"{len(programs)} programs, {facts} facts, {len(knowledge.agencies)} agencies: no problems.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
