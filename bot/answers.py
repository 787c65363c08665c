"""From a question that was understood to the reply: which facts, in which order, with which sources and next steps.

Pure: facts come in as `Knowledge`, words stay in `domain.yml` (a reply names responses and their values). Runs in both environments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.eligibility import Profile, open_to, refusing
from bot.knowledge import SIZES, Contact, Fact, Knowledge, Program
from bot.korean import sounds

COMPOSED = ("contact", "department", "operator")  # answered from fields of the program, not from its facts
SILENT = ("documents", "review", "other")  # topics on which the brochure says nothing of any program
# Where a program has nothing under a topic, the answer may stand under a neighbouring one.
NEAR = {"scope": ("target", "overview"), "target": ("overview",), "support": ("overview",), "effect": ("overview",)}
# "partly" means free up to a point: listed for both questions, since neither answer alone would be true.
PRICED = {"free": ("free", "partly"), "paid": ("paid", "partly", "shared")}
PLACES = ("contact", "hours", "address")  # asked without a program, these mean the consultation centre
GENERAL = "consultation_center"
# Who asks these how to apply or whom to call may have a leak to report: the report is offered, too.
TAKE_REPORTS = ("consultation_center", "police_investigation", "technology_data_demand")

# Asked about these, a company is told when what it said of itself speaks against it.
ELIGIBILITY = frozenset({"overview", "support", "target", "exclusion", "apply", "period"})

# What somebody with a certificate may mean when asking what it is good for.
ADVANTAGES = ("effect", "documents", "other", "same")

SECOND_TOPIC = 0.15  # a second reading of the question at least this likely is answered too …
ENOUGH = 280  # … while the answer has fewer characters than this
LONGEST = 400
SHORTEST_SHARE = 130  # characters that each of several programs gets at least
CERTAIN = 0.95
SURE = 0.75
CLOSE = 0.25  # a fact that shares this much of the question's wording is said too
MIN_PAIRS = 6


@dataclass(frozen=True)
class Question:
    """What the engine understood of a message: programs in the order of the sentence, topics with confidence, best first."""

    programs: tuple[str, ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    agencies: tuple[str, ...] = ()
    likely_programs: tuple[str, ...] = ()  # not sure enough to answer for, good enough to ask about
    own_words: str = ""  # the text without the names in it
    cued: tuple[str, ...] = ()  # topics for which the message uses a telling word
    end_cued: str | None = None  # the topic of a telling word at the end of a long message
    size: str | None = None  # the size of company that it names
    profile: Profile = field(default_factory=dict)  # what the talk has told of the company
    asked: tuple[Question, ...] = ()  # the questions of a message that asks several, one by one

    @property
    def topic(self) -> str | None:
        """Return the likeliest topic, or None when the message holds none."""
        return self.topics[0][0] if self.topics else None


@dataclass(frozen=True)
class Part:
    """One piece of text: a response of domain.yml and the values of its placeholders."""

    response: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Button:
    """A next step: its words and the message that Rasa gets when it is chosen."""

    title: Part
    payload: str


@dataclass(frozen=True)
class Reply:
    """An answer before it is put into words. `note` tells the next turn what was asked."""

    parts: tuple[Part, ...]
    buttons: tuple[Button, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    cards: tuple[dict[str, Any], ...] = ()
    note: dict[str, Any] = field(default_factory=dict)


def answer(question: Question, knowledge: Knowledge) -> Reply:
    """Return the reply to a question about programs."""
    if question.asked:
        return several(question, knowledge)
    if len(question.programs) > 1:
        return compare(question, knowledge)
    if question.programs:
        return about(knowledge.program(question.programs[0]), question)
    if question.agencies:
        return about_agency(question, knowledge)
    if question.topic in PLACES and not question.likely_programs:
        return about(knowledge.program(GENERAL), question)
    return which_program(question, knowledge)


def about(program: Program, question: Question) -> Reply:
    """Return what is known about one program on the topics of the question, or that the brochure is silent."""
    blocks = _blocks(program, question)
    heading = Part("utter_heading", {"program": program.name, "topic": _label(blocks)})
    sources = _unique({"program": program.number, "section": section} for block in blocks for section in block.sections)
    asked = tuple(block.topic for block in blocks)
    cards = _contact_card(program.contacts) if "contact" in asked else ()
    lines = tuple(line for block in blocks for line in block.lines)
    note = _note((program,), question.topic)
    if "target" in asked and question.size:
        note |= {"size": question.size}
    if not ELIGIBILITY.isdisjoint(asked):
        lines = (*_whether_open(program, question, asked), *lines)
    return Reply((heading, *lines), _next_steps(program, asked), sources, cards, note)


def _whether_open(program: Program, question: Question, asked: Sequence[str]) -> tuple[Part, ...]:
    """Return whether such a company may apply, as far as the conditions settle it: the size that was asked for, else what is known of it."""
    size = question.size or question.profile.get("company_size")
    may = open_to(program, size) if size in SIZES else None
    if may is False or (may and question.size and "target" in asked):
        return (Part("utter_open_to" if may else "utter_not_open_to", {"size": Part(f"utter_size_{size}")}),)
    against = refusing(program, question.profile)
    return (Part("utter_not_for_you", {"condition": against.text}),) if against else ()


def several(question: Question, knowledge: Knowledge) -> Reply:
    """Return the answers to the questions of one message, one after the other, each short."""
    room = LONGEST // len(question.asked)
    programs = list(dict.fromkeys(each.programs[0] for each in question.asked))
    parts: list[Part] = []
    sources: list[dict[str, Any]] = []
    cards: tuple[dict[str, Any], ...] = ()
    asked: list[str] = []
    shown: set[str] = set()
    for key in programs:
        program = knowledge.program(key)
        blocks = []
        for each in question.asked:
            if each.programs[0] == key:
                blocks += _fitting(_blocks(program, each), room, shown)
        parts += [Part("utter_heading", {"program": program.name, "topic": _label(blocks)})] if blocks else []
        parts += [line for block in blocks for line in block.lines]
        sources += [{"program": program.number, "section": section} for block in blocks for section in block.sections]
        asked += [block.topic for block in blocks]
        if "contact" in asked:
            cards += _contact_card(program.contacts)
    last = knowledge.program(programs[-1])
    note = _note([knowledge.program(key) for key in programs], question.asked[-1].topic)
    return Reply(tuple(parts), _next_steps(last, asked), _unique(sources), cards, note)


def _fitting(blocks: Sequence[_Block], room: int, shown: set[str]) -> list[_Block]:
    """Return the blocks cut to the room, without lines that were shown before; a first line always fits."""
    found, used = [], 0
    for block in blocks:
        lines = []
        for line in block.lines:
            if _key(line) not in shown and (not used or used + _length(line) <= room):
                lines.append(line)
                shown.add(_key(line))
                used += _length(line)
        if lines:
            found.append(_Block(block.topic, tuple(lines), block.sections))
    return found


def _note(programs: Sequence[Program], topic: str | None) -> dict[str, Any]:
    """Return what the next turn has to know: the program spoken of last, all of them, and the topic."""
    return {"program": programs[-1].id, "programs": [program.id for program in programs], "topic": topic}


def compare(question: Question, knowledge: Knowledge) -> Reply:
    """Return two (or three) programs beside each other: the topics asked for, else what each is, whom it is for and what it costs."""
    programs = [knowledge.program(key) for key in question.programs[:3]]
    asked = [topic for topic, confidence in question.topics[:2] if confidence >= SECOND_TOPIC]
    known = [topic for topic in (*question.cued, *asked) if topic not in ("overview", "same", *SILENT)]
    known = list(dict.fromkeys(known))[:2]
    topics = known or ["overview", "support", "cost"]
    share = max(LONGEST // len(programs) // len(topics), SHORTEST_SHARE // len(topics))
    parts: list[Part] = []
    sources: list[dict[str, Any]] = []
    for program in programs:
        parts.append(Part("utter_heading_program", {"program": program.name}))
        shown: set[str] = set()
        for topic in topics:
            for block in _fitting([_block(program, topic, question)], share, shown):
                parts += block.lines
                sources += [{"program": program.number, "section": section} for section in block.sections]
    buttons = tuple(
        _button(program, "overview", Part("utter_button_program", {"program": program.short_name}))
        for program in programs
    )
    return Reply(tuple(parts), buttons, _unique(sources), note=_note(programs, topics[0]))


def about_agency(question: Question, knowledge: Knowledge) -> Reply:
    """Return the answer for a ministry or operator that was named instead of a program."""
    only = [programs[0] for key in question.agencies if len(programs := knowledge.programs_of(key)) == 1]
    if len(only) > 1:
        return compare(replace(question, programs=tuple(dict.fromkeys(program.id for program in only))), knowledge)
    agency = knowledge.agency(question.agencies[0])
    programs = knowledge.programs_of(agency.id)
    if len(programs) == 1:
        return about(programs[0], question)
    # A telling word beats an unsure reading.
    topic = next(iter(question.cued), None) if question.topics and question.topics[0][1] < SURE else None
    topic = topic or question.topic
    same = {(program.contacts[0].phone, topic == "apply" and program.website) for program in programs}
    if programs and topic in (*PLACES, "apply") and len(same) == 1:
        return about(programs[0], replace(question, topics=((topic, 1.0),)) if topic else question)
    if not programs:
        return which_program(question, knowledge)
    asked: dict[str, Any] = {"asked": "program", "topic": topic if topic != "same" else None}
    asked["offered"] = [program.id for program in programs]
    return replace(list_programs(programs, Part("utter_list_of", {"owner": agency.name})), note=asked)


def which_program(question: Question, knowledge: Knowledge) -> Reply:
    """Return the question back: which program is meant, with the likeliest as buttons."""
    likely = [knowledge.program(key) for key in question.likely_programs[:3]]
    topic = question.topic if question.topic not in (None, "same") else "overview"
    buttons = [
        _button(program, topic or "overview", Part("utter_button_program", {"program": program.short_name}))
        for program in likely
    ]
    if len(buttons) < 3:
        buttons.append(Button(Part("utter_button_all_programs"), "/list_programs"))
    if len(buttons) < 3:
        buttons.append(Button(Part("utter_button_recommend"), "/ask_recommendation"))
    return Reply((Part("utter_which_program"),), tuple(buttons), note={"asked": "program", "topic": topic})


def list_programs(programs: Sequence[Program], lead: Part) -> Reply:
    """Return the names of programs under a lead, grouped by ministry, with no more than the list needs."""
    parts = [lead]
    for agency in dict.fromkeys(program.agency for program in programs):
        names = ", ".join(program.name for program in programs if program.agency == agency)
        parts.append(Part("utter_list_line", {"owner": agency.name, "names": names}))
    buttons = tuple(
        _button(program, "overview", Part("utter_button_program", {"program": program.short_name}))
        for program in programs[:3]
    )
    if len(programs) > 3:
        buttons = (*buttons[:2], Button(Part("utter_button_recommend"), "/ask_recommendation"))
    sources = tuple({"program": program.number, "section": "사업 안내표"} for program in programs)
    return Reply(tuple(parts), buttons, sources)


def filtered(knowledge: Knowledge, agencies: Sequence[str], price: str | None, size: str | None) -> Reply:
    """Return the list of programs that a ministry, a price or a kind of applicant leaves over; without any, all of them."""
    programs: Iterable[Program] = knowledge.programs
    filters: list[Part] = []
    owners = [knowledge.agency(key) for key in agencies]
    if owners:
        programs = [
            program for program in programs if any(program in knowledge.programs_of(owner.id) for owner in owners)
        ]
        filters.append(Part("utter_filter_owner", {"owner": ", ".join(owner.name for owner in owners)}))
    if price:
        programs = [program for program in programs if program.price in PRICED[price]]
        filters.append(Part(f"utter_filter_{price}"))
    if size:
        programs = [program for program in programs if size in program.open_to]
        filters.append(Part(f"utter_filter_{size}"))
    programs = tuple(programs)
    if not programs:
        return Reply(
            (Part("utter_list_empty", {"filters": _joined(filters)}),),
            (Button(Part("utter_button_all_programs"), "/list_programs"),),
        )
    lead = (
        Part("utter_list_filtered", {"filters": _joined(filters), "count": len(programs)})
        if filters
        else Part("utter_list_all", {"count": len(programs)})
    )
    return list_programs(programs, lead)


def by_price(knowledge: Knowledge, agencies: Sequence[str]) -> Reply:
    """Return which programs are free and which are not, for those who ask both."""
    owned = [program for key in agencies for program in knowledge.programs_of(key)] or list(knowledge.programs)
    parts: list[Part] = []
    named: list[Program] = []
    for price, kinds in PRICED.items():
        found = [program for program in owned if program.price in kinds]
        if found:
            names = ", ".join(program.name for program in found)
            parts.append(Part("utter_list_line", {"owner": Part(f"utter_price_{price}"), "names": names}))
            named += [program for program in found if program not in named]
    if not named:
        return filtered(knowledge, agencies, None, None)
    return replace(list_programs(named, parts[0]), parts=tuple(parts))


def priced_among(knowledge: Knowledge, offered: Sequence[str], price: str) -> Reply:
    """Return which of the programs that were just listed are free, or are not."""
    found = [program for program in map(knowledge.program, offered) if program.price in PRICED[price]]
    if not found:
        return Reply((Part("utter_list_empty", {"filters": Part(f"utter_filter_{price}")}),))
    if len(found) == 1:
        return about(found[0], Question(programs=(found[0].id,), topics=(("cost", 1.0),)))
    return list_programs(
        found, Part("utter_list_filtered", {"filters": Part(f"utter_filter_{price}"), "count": len(found)})
    )


def by_operator(programs: Sequence[Program]) -> Reply:
    """Return who runs what: the programs under the body that runs them, with its ministry."""
    listed = list_programs(programs, Part("utter_list_operators", {"count": len(programs)}))
    parts = [listed.parts[0]]
    for operator in dict.fromkeys(program.operator for program in programs):
        run = [program for program in programs if program.operator == operator]
        owner = Part(
            "utter_owner_self" if run[0].agency == operator else "utter_owner",
            {"operator": operator.name, "agency": run[0].agency.name},
        )
        parts.append(Part("utter_list_line", {"owner": owner, "names": ", ".join(program.name for program in run)}))
    return replace(listed, parts=tuple(parts))


def phone_book(programs: Sequence[Program]) -> Reply:
    """Return the numbers to call, each with the programs behind it."""
    listed = list_programs(programs, Part("utter_list_contacts"))
    contacts: dict[str, tuple[Contact, list[str]]] = {}
    for program in programs:
        for contact in program.contacts:
            contacts.setdefault(contact.phone, (contact, []))[1].append(program.short_name)
    lines = [
        Part("utter_contact_of", {"name": contact.name, "use": contact.use, "phone": phone, "programs": ", ".join(of)})
        for phone, (contact, of) in contacts.items()
    ]
    return replace(listed, parts=(listed.parts[0], *lines))


def by_period(programs: Sequence[Program], marks: Sequence[str]) -> Reply:
    """Return when one can apply, each with the programs of which it holds; with marks, only what is worded with one of them."""
    when: dict[str, list[Program]] = {}
    for program in programs:
        for fact in _facts(program, "period"):
            if not marks or any(mark in _solid(fact.text) for mark in marks):
                when.setdefault(fact.text, []).append(program)
    found = [program for program in programs if any(program in those for those in when.values())]
    if not found:
        return Reply((Part("utter_list_empty", {"filters": Part("utter_topic_period")}),))
    listed = list_programs(found, Part("utter_list_periods"))
    lines = [
        Part("utter_list_line", {"owner": text.rstrip("."), "names": ", ".join(each.short_name for each in those)})
        for text, those in when.items()
    ]
    return replace(listed, parts=(listed.parts[0], *lines))


def reading_button(program: Program, topic: str) -> Button:
    """Return a button that says one reading of a message ("기술임치 비용") and asks for it."""
    title = Part("utter_button_reading", {"program": program.short_name, "topic": Part(f"utter_topic_{topic}")})
    return _button(program, topic, title)


# --- blocks: one topic of one program --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    topic: str
    lines: tuple[Part, ...]
    sections: tuple[str, ...]


def _blocks(program: Program, question: Question) -> list[_Block]:
    """Return what to say, best first: the likeliest topic, a second one while it is unsure, and facts that the question points at."""
    topics = question.topics or (("overview", 1.0),)
    unsure = topics[0][1] < SURE
    wanted = [topics[0][0]]
    if question.end_cued:
        # A long description drowns the few words that ask.
        wanted.insert(0, question.end_cued)
    if unsure:
        wanted += [topic for topic, confidence in topics[1:3] if confidence >= SECOND_TOPIC]
    wanted += question.cued[:2]
    if question.profile.get("certifications") and topics[0][0] in ADVANTAGES and tells_of(program, "priority"):
        wanted.insert(0, "priority")
    wanted = list(dict.fromkeys("overview" if topic == "same" else topic for topic in wanted))
    candidates = [_block(program, topic, question) for topic in wanted]
    pointed = _pointed(program, question)
    if pointed and unsure and wanted[0] in ("overview", *SILENT):
        # "Not in the brochure" would not be true beside a fact that the question points at.
        told = any(_hits(fact, question) for fact in program.facts)
        candidates = [*pointed, *(block for block in candidates if not told or block.topic != "other")]
    else:
        candidates += pointed
    blocks: list[_Block] = []
    shown: set[str] = set()
    length = 0
    for block in candidates:
        lines = []
        for line in block.lines:
            # The likeliest topic is said whole; what comes after it, as far as there is room.
            if _key(line) not in shown and (block is candidates[0] or length + _length(line) <= ENOUGH):
                lines.append(line)
                shown.add(_key(line))
                length += _length(line)
        if lines:
            blocks.append(_Block(block.topic, tuple(lines), block.sections))
    return blocks


def _pointed(program: Program, question: Question) -> list[_Block]:
    """Return the facts, one a block, whose own words the question uses."""
    facts = sorted((fact for fact in program.facts if _hits(fact, question)), key=lambda fact: -_hits(fact, question))
    if not facts and question.topics and question.topics[0][1] >= CERTAIN and question.topic in COMPOSED:
        return []
    if not facts:
        closest = max(program.facts, key=lambda fact: _closeness(fact, question), default=None)
        facts = [closest] if closest and _closeness(closest, question) >= CLOSE else []
    return [_Block(fact.topic, (_fact_line(fact),), (fact.section,)) for fact in facts[:6]]


def _closeness(fact: Fact, question: Question) -> float:
    """Return how much of the fact's wording, two letters at a time, the question shares (0 to 1, typing errors forgiven)."""
    asked = _pairs(question.own_words)
    worded = _pairs(_solid(fact.text + "".join(fact.about)))
    return len(asked & worded) / max(len(asked), MIN_PAIRS)


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1) if " " not in text[at : at + 2]}


def _block(program: Program, topic: str, question: Question) -> _Block:
    """Return what there is to say on one topic; where the brochure is silent, that it is, and whom to ask."""
    contact, department = program.contacts[0], program.department
    website = [Part("utter_website", {"website": program.website})] if program.website else []
    if topic == "contact":
        lines = [*map(_contact_line, program.contacts), _department_line(program), *website]
        return _Block(
            topic, tuple(lines), _sections([*(each.section for each in program.contacts), department.section])
        )
    if topic == "department":
        lines = [_department_line(program), _contact_line(contact)]
        return _Block(topic, tuple(lines), _sections([department.section, contact.section]))
    if topic == "operator":
        values = {"operator": program.operator.name, "agency": program.agency.name}
        response = "utter_operator_self" if program.operator == program.agency else "utter_operator"
        return _Block(topic, (Part(response, values),), (department.section,))
    facts = next(filter(None, (_facts(program, each) for each in (topic, *NEAR.get(topic, ())))), [])
    facts.sort(key=lambda fact: (-_hits(fact, question), fact.topic != topic))
    if not facts and topic != "apply":
        silent = Part("utter_silent", {"program": program.short_name, "topic": Part(f"utter_topic_{topic}")})
        extra = website if topic == "address" else []
        return _Block(topic, (silent, *extra, _contact_line(contact)), (contact.section,))
    # What people ask in the same breath: how and when belong together, and an introduction leads to a phone.
    more = {"apply": ("period",), "overview": ("cost",)}.get(topic, ())
    facts += [fact for other in more for fact in program.facts if fact.topic == other and fact not in facts]
    lines = [_fact_line(fact) for fact in facts]
    sections = [fact.section for fact in facts]
    if topic in ("apply", "period"):
        lines += website
    if topic in ("apply", "overview"):
        # An introduction leads to one phone; where one applies there may be another to report to.
        for each in program.contacts if topic == "apply" else program.contacts[:1]:
            lines.append(_contact_line(each))
            sections.append(each.section)
    elif topic == "cost" and program.price == "paid" and not any(_has_figure(fact) for fact in facts):
        lines += [Part("utter_no_figure"), _contact_line(contact)]
        sections.append(contact.section)
    return _Block(topic, tuple(lines), _sections(sections))


def _has_figure(fact: Fact) -> bool:
    return any(character.isdigit() for character in fact.text)


def tells_of(program: Program, topic: str) -> bool:
    """Return whether the program has facts of its own under the topic."""
    return bool(_facts(program, topic))


def _facts(program: Program, topic: str) -> list[Fact]:
    return [fact for fact in program.facts if topic in fact.topics]


def hits(program: Program, question: Question) -> int:
    """Return how many words of the program's facts the question uses."""
    return sum(_hits(fact, question) for fact in program.facts)


def _hits(fact: Fact, question: Question) -> int:
    """Return how many of the fact's own words the question uses."""
    asked = sounds(question.own_words)
    return sum(sounds(_solid(word)) in asked for word in fact.about)


def _fact_line(fact: Fact) -> Part:
    return Part("utter_fact", {"fact": fact.text})


def _contact_line(contact: Contact) -> Part:
    return Part("utter_contact", {"use": contact.use, "name": contact.name, "phone": contact.phone})


def _department_line(program: Program) -> Part:
    department = program.department
    return Part(
        "utter_department",
        {"operator": program.operator.name, "name": department.name, "phones": ", ".join(department.phones)},
    )


def _contact_card(contacts: Sequence[Contact]) -> tuple[dict[str, Any], ...]:
    return (
        {
            "type": "contacts",
            "contacts": [{"name": f"{contact.name} {contact.use}", "phone": contact.phone} for contact in contacts],
        },
    )


def _label(blocks: Sequence[_Block]) -> Part:
    return _joined([Part(f"utter_topic_{topic}") for topic in dict.fromkeys(block.topic for block in blocks)][:2])


def _joined(parts: Sequence[Part]) -> Part:
    return Part("join", {"parts": tuple(parts)})


def _next_steps(program: Program, asked: Sequence[str]) -> tuple[Button, ...]:
    wanted = ("overview", "target", "support", "cost", "apply", "contact")
    has = [
        topic
        for topic in wanted
        if topic not in asked and (topic in COMPOSED or any(topic in fact.topics for fact in program.facts))
    ]
    # What people ask next: how to get it and whom to call; the rest fills up.
    order = [topic for topic in ("cost", "apply", "contact", "support", "target", "overview") if topic in has]
    if program.id in TAKE_REPORTS and {"apply", "contact"} & set(asked):
        report = Button(Part("utter_button_report_leak"), "/report_leak")
        return (report, *(_topic_button(program, topic) for topic in order[:2]))
    return tuple(_topic_button(program, topic) for topic in order[:3])


def _topic_button(program: Program, topic: str) -> Button:
    return _button(program, topic, Part("utter_button_topic", {"topic": Part(f"utter_topic_{topic}")}))


def _button(program: Program, topic: str, title: Part) -> Button:
    return Button(title, "/ask_program" + json.dumps({"program": program.id, "topic": topic}))


def _length(part: Part) -> int:
    """Return about how many characters, without spaces, a line takes."""
    return sum(6 if isinstance(value, Part) else len(str(value).replace(" ", "")) for value in part.values.values())


def _key(line: Part) -> str:
    """Return by what two lines say the same: the fact, the number, or the whole line."""
    return str(line.values.get("fact") or line.values.get("phone") or (line.response, line.values))


def _sections(sections: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sections))


def _unique(sources: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return tuple({(source["program"], source["section"]): source for source in sources}.values())


def _solid(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
