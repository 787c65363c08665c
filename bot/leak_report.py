"""The talk in which a leak is reported: what is asked next, what an answer means, what is said. Pure; the day comes in.

A `Draft` is all that is known so far; it is kept encrypted by the action and becomes a ticket in the end. `begin` and `go_on` take a draft
and what was heard, and return what to say (names of responses in domain.yml with their values) and what is asked now.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from bot import leak_reading as reading
from bot.korean_dates import Period, describe, read_date
from bot.routing import RoutedContact, Routing

CONSENT_VERSION = "2026-11"

PRIVACY, HANDOVER, CONFIRM, WHICH = "privacy_consent", "handover_consent", "confirm_report", "correct_which"
FACT_SLOTS = {"concerns_subcontract": "subcontract", "concerns_core_technology": "core_technology"}
STORY_SLOTS = ("incident_summary", "incident_date", "leaked_technology", "suspect", "evidence")
CONTACT_SLOTS = ("reporter_name", "reporter_phone", "reporter_email", "company_name")
CONTACT_KEYS = dict(zip(CONTACT_SLOTS, ("name", "phone", "email", "company"), strict=True))
FIELDS = (*STORY_SLOTS, *FACT_SLOTS, *CONTACT_SLOTS)
ORDER = (PRIVACY, *FIELDS, HANDOVER, CONFIRM)
# Where "없어요" means that there is none, and not that the question is declined.
NONE_IS_AN_ANSWER = ("evidence",)
INPUTS = {"incident_date": "date", "reporter_phone": "tel", "reporter_email": "email"}
CHOICES = {
    PRIVACY: ("agree", "disagree"),
    HANDOVER: ("agree", "disagree"),
    CONFIRM: ("send", "correct", "stop"),
    "incident_date": ("dont_know",),
    "leaked_technology": ("dont_know",),
    "suspect": ("dont_know",),
    "evidence": ("none", "dont_know"),
    "concerns_subcontract": ("yes", "no", "dont_know"),
    "concerns_core_technology": ("yes", "no", "dont_know"),
    "reporter_name": ("anonymous",),
    "reporter_phone": ("skip",),
    "reporter_email": ("skip",),
    "company_name": ("skip",),
}
QUESTION_INTENTS = (
    *("ask_program", "list_programs", "compare_programs", "ask_recommendation", "ask_reasons", "privacy_question"),
    *("bot_identity", "ticket_status", "out_of_scope"),
)
ANSWERED_ELSEWHERE = ("ask_program", "list_programs", "compare_programs")
# Answered with a sentence, by what the question is about or by its intent.
ANSWERED_HERE = {
    "secrecy": "utter_leak_privacy",
    "privacy_question": "utter_leak_privacy",
    "answer": "utter_leak_when_answered",
    "ticket_status": "utter_leak_when_answered",
    "bot_identity": "utter_leak_bot_identity",
    "ask_recommendation": "utter_leak_recommend_later",
    "ask_reasons": "utter_leak_recommend_later",
}
SURE = 0.6
TRIES = 2  # after that an answer is kept as it was written, or the question is left open
LONGEST_VALUE = 2000
LONGEST_QUOTE = 300

SENT, REFUSED, STOPPED, PERSON = "sent", "refused", "stopped", "person"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the user. `seq` is its number in the conversation; `intent` is the classifier's opinion, `named` whether a program is named."""

    text: str
    seq: int | None = None
    intent: str = ""
    confidence: float = 0.0
    named: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Something to say: a response of domain.yml. Values may be a Say or a list of them (a line each)."""

    response: str
    values: Mapping[str, Any] = field(default_factory=dict)
    contacts: tuple[str, ...] = ()  # ids of knowledge/leak_routing.yml, shown as a card


@dataclass(slots=True)
class Draft:
    """What is known of a report. `values`: field → {value, how, quote, seq}; how: said, read, none, unknown, skipped."""

    id: str
    asked: str = PRIVACY
    since: int | None = None  # the first message of the report
    told: list[int | None] = field(default_factory=list)  # messages before consent: their text is not kept here
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    consents: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)  # questions in the order in which they were asked
    correcting: bool = False  # the asked field is corrected; then it goes on where it was
    warned: bool = False  # the duty to report such a leak at once was said
    seq: int | None = None  # the last message that was read, and what was said to it
    reply: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        return cls(**data)

    def value(self, name: str) -> str | None:
        """Return the value of a field, or None when it was not given."""
        entry = self.values.get(name)
        return entry["value"] if entry else None


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message: what to say, what is asked now, or how the report ended. `question`: let the bot answer it first."""

    draft: Draft
    says: tuple[Say, ...]
    asked: str | None
    end: str | None = None
    question: str | None = None  # intent of a question in between that is answered elsewhere


def begin(draft_id: str, heard: Heard, routing: Routing, *, abroad: bool = False) -> Turn:
    """Start a report: what to do now and whom to call first, then the question for consent. Nothing of the message is kept.

    `abroad`: the channel passes through servers abroad, which is said before anything is asked.
    """
    contacts = routing.route({fact: routing.told(fact, heard.text) for fact in routing.facts})
    warned = any(contact.at_once for contact in contacts)
    draft = Draft(draft_id, since=heard.seq, told=[heard.seq], path=[PRIVACY], warned=warned)
    notice = (Say("utter_leak_telegram"),) if abroad else ()
    return Turn(draft, (_advice(contacts), *notice, *_ask(draft, routing)), PRIVACY)


def go_on(
    draft: Draft, heard: Heard, routing: Routing, today: date, recall: Callable[[int | None], str | None]
) -> Turn:
    """Take the user's next message. `recall` returns the text of an earlier message by its seq."""
    return _with_duty(_take(copy.deepcopy(draft), heard, routing, today, recall), heard, routing)


def _with_duty(turn: Turn, heard: Heard, routing: Routing) -> Turn:
    """Say the duty to report at once as soon as the user names such a technology, and not only with the receipt."""
    if turn.draft.warned or turn.end is not None:
        return turn
    facts = facts_of(turn.draft)
    if turn.asked == PRIVACY and not reading.is_question(
        heard.text
    ):  # before consent nothing is kept; it is heard all the same
        facts = {fact: routing.told(fact, heard.text) for fact in routing.facts}
    contacts = routing.route(facts)
    urgent = next((contact for contact in contacts if contact.at_once), None)
    if urgent is None:
        return turn
    turn.draft.warned = True
    lines = [_contact_line(contact) for contact in contacts]
    keys = tuple(contact.id for contact in contacts)
    duty = Say("utter_leak_duty_now", {"ministry": urgent.ministry, "contacts": lines}, keys)
    return replace(turn, says=(*turn.says[:-1], duty, *turn.says[-1:]))


def _take(
    draft: Draft, heard: Heard, routing: Routing, today: date, recall: Callable[[int | None], str | None]
) -> Turn:
    wish = _wish(draft, heard, routing, today)
    if wish == "person":
        return Turn(draft, (), draft.asked, PERSON)
    if wish == "stop":
        return Turn(draft, (Say("utter_leak_stopped"),), None, STOPPED)
    if wish == "over":
        return _start_over(draft, routing)
    if wish == "why":
        return _again(draft, routing, Say(f"utter_leak_why_{draft.asked}"))
    if wish == "question":
        return _answer_question(draft, heard, routing)
    if wish == "back":
        return _back(draft, routing)
    if draft.asked == PRIVACY:
        return _privacy(draft, heard, routing, today, recall)
    correction = _correction(draft, heard, routing, today)
    if correction is not None:
        return correction
    if draft.asked == WHICH:
        return _which(draft, heard, routing)
    if draft.asked == HANDOVER:
        return _handover(draft, heard, routing)
    if draft.asked == CONFIRM:
        return _confirm(draft, heard, routing)
    return _field(draft, heard, routing, today)


# --- what is wanted instead of answering


def _wish(draft: Draft, heard: Heard, routing: Routing, today: date) -> str | None:
    """Return what the message wants instead of answering. The asked question goes before the classifier's opinion."""
    text, asked = heard.text, draft.asked
    wish = reading.command(text)
    if wish == "person":
        return wish
    if wish == "stop" and asked not in (PRIVACY, CONFIRM, *FACT_SLOTS):
        return wish
    if wish == "stop" and reading.read_yes_no(text) is None and reading.read_consent(text) is None:
        return wish
    if wish in ("over", "back", "why"):
        return wish
    if wish in ("skip", "dont_know"):
        return None
    if _is_digression(asked, heard, routing, today) or reading.asks_about_report(text):
        return "question"
    if heard.confidence >= 0.9 and len(text) <= 20 and not _reads_as_answer(asked, text, routing, today):
        known = {"talk_to_human": "person", "cancel_or_stop": "stop", "go_back": "back", "ask_why": "why"}
        if asked not in (*STORY_SLOTS, "reporter_name", "company_name"):
            return known.get(heard.intent)
    return None


def _reads_as_answer(asked: str, text: str, routing: Routing, today: date) -> bool:
    if asked == "incident_date":
        return read_date(text, today).period is not None
    if asked == "reporter_phone":
        return reading.read_phone(text) is not None
    if asked == "reporter_email":
        return reading.read_email(text) is not None
    if asked in (PRIVACY, HANDOVER):
        return reading.read_consent(text) is not None
    if asked == CONFIRM:
        return reading.read_sending(text) is not None
    return asked in FACT_SLOTS and _fact_in(asked, text, routing) is not None


def _is_digression(asked: str, heard: Heard, routing: Routing, today: date) -> bool:
    """Return whether the message asks something of its own. Free text is an answer unless its form is clearly a question."""
    if heard.intent not in QUESTION_INTENTS or _reads_as_answer(asked, heard.text, routing, today):
        return False
    if reading.is_question(heard.text):
        return heard.confidence >= 0.4
    typed = asked in (
        PRIVACY,
        HANDOVER,
        CONFIRM,
        WHICH,
        "incident_date",
        "reporter_phone",
        "reporter_email",
        *FACT_SLOTS,
    )
    # A few words that do not ask ("지난 분기에") are an answer, however they are read, unless they name a program ("임치 수수료").
    return typed and heard.named and heard.confidence >= SURE and heard.intent in ANSWERED_ELSEWHERE


def _answer_question(draft: Draft, heard: Heard, routing: Routing) -> Turn:
    about = reading.asks_about_report(heard.text)
    if about is not None:
        return _again(draft, routing, Say(ANSWERED_HERE[about]))
    if heard.intent in ANSWERED_ELSEWHERE:
        return Turn(draft, _ask(draft, routing, short=True), draft.asked, question=heard.intent)
    return _again(draft, routing, Say(ANSWERED_HERE.get(heard.intent, "utter_leak_later")))


def _again(draft: Draft, routing: Routing, *before: Say) -> Turn:
    return Turn(draft, (*before, *_ask(draft, routing, short=bool(before))), draft.asked)


def _start_over(draft: Draft, routing: Routing) -> Turn:
    draft.values, draft.tries, draft.correcting = {}, {}, False
    draft.consents.pop("handing_over", None)
    if draft.asked != PRIVACY:
        draft.asked, draft.path, draft.told = FIELDS[0], [PRIVACY, FIELDS[0]], []
    return _again(draft, routing, Say("utter_leak_over"))


def _back(draft: Draft, routing: Routing) -> Turn:
    if draft.correcting:
        return _next(draft, routing)
    before = [name for name in draft.path if name not in (PRIVACY, draft.asked)]
    if draft.asked == PRIVACY or not before:
        return _again(draft, routing, Say("utter_leak_first_question"))
    draft.path = [name for name in draft.path if name != draft.asked]
    draft.asked = before[-1]
    draft.values.pop(draft.asked, None)
    draft.tries.pop(draft.asked, None)
    if draft.asked == HANDOVER:
        draft.consents.pop("handing_over", None)
    return _again(draft, routing, Say("utter_leak_back"))


# --- consent


def _privacy(
    draft: Draft, heard: Heard, routing: Routing, today: date, recall: Callable[[int | None], str | None]
) -> Turn:
    agreed = reading.read_consent(heard.text)
    if agreed is None:
        draft.tries[PRIVACY] = draft.tries.get(PRIVACY, 0) + 1
        if reading.tells_incident(heard.text):
            draft.told.append(heard.seq)  # it is read after consent, and not before
        if draft.tries[PRIVACY] > TRIES:
            return _refuse(draft, routing)
        return Turn(draft, (Say("utter_leak_consent_unclear"), *_ask(draft, routing, short=True)), PRIVACY)
    if not agreed:
        return _refuse(draft, routing)
    draft.consents["report"] = {"given": True, "version": CONSENT_VERSION, "seq": heard.seq}
    for seq in draft.told:
        _take_story(draft, recall(seq) or "", seq, routing, today)
    draft.told = []
    noted = _noted(draft, [name for name in FIELDS if name in draft.values and name != "incident_summary"])
    return _next(draft, routing, *noted)


def _refuse(draft: Draft, routing: Routing) -> Turn:
    # Nothing more is asked, so nobody can be left out by facts: whom to call "if …" is said for all.
    contacts = tuple(contact.id for contact in routing.contacts)
    lines = [_contact_line(contact, conditional=True) for contact in routing.contacts]
    return Turn(draft, (Say("utter_leak_refused", {"contacts": lines}, contacts),), None, REFUSED)


def _handover(draft: Draft, heard: Heard, routing: Routing) -> Turn:
    agreed = reading.read_consent(heard.text)
    # Anything but a clear yes is no: the report goes on without it.
    named = [contact.id for contact in recipients(draft, routing)]
    draft.consents["handing_over"] = {
        "given": agreed is True,
        "version": CONSENT_VERSION,
        "seq": heard.seq,
        "recipients": named,  # the consent is for these and for nobody else
    }
    before = () if agreed is True else (Say("utter_leak_not_handed_over"),)
    return _next(draft, routing, *before)


# --- answers


def _take_story(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> None:
    """Take from a free story what it tells besides; only fields that are still open."""
    if reading.tells_incident(text) and "incident_summary" not in draft.values:
        _set(draft, "incident_summary", text, "said", text, seq)
    found = {
        "leaked_technology": reading.technologies_in(text),
        "suspect": reading.suspects_in(text),
        "evidence": reading.evidence_in(text),
    }
    for name, value in found.items():
        if value and name not in draft.values:
            _set(draft, name, value, "read", text, seq)
    if "incident_date" not in draft.values and (period := read_date(text, today, in_story=True).period):
        _set_period(draft, period, "read", text, seq)
    _take_facts(draft, text, seq, routing)


def _take_facts(draft: Draft, text: str, seq: int | None, routing: Routing) -> None:
    for slot, fact in FACT_SLOTS.items():
        told = routing.told(fact, text)
        if told is not None and (slot not in draft.values or draft.values[slot]["how"] != "said"):
            _set(draft, slot, "yes" if told else "no", "read", text, seq)


def _set(draft: Draft, name: str, value: str, how: str, quote: str, seq: int | None) -> None:
    draft.values[name] = {"value": value[:LONGEST_VALUE], "how": how, "quote": quote[:LONGEST_QUOTE], "seq": seq}


def _set_period(draft: Draft, period: Period, how: str, quote: str, seq: int | None) -> None:
    _set(draft, "incident_date", describe(period), how, quote, seq)
    draft.values["incident_date"] |= {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _field(draft: Draft, heard: Heard, routing: Routing, today: date) -> Turn:
    """Read the answer to the asked field, and whatever else it tells."""
    asked, text, seq = draft.asked, heard.text, heard.seq
    wish = reading.command(text)
    nothing = reading.NONE_GIVEN.match(reading.bare(text)) is not None
    if asked not in FACT_SLOTS and (nothing or wish == "skip" or _does_not_know(asked, wish, text, today)):
        if asked == "incident_summary":
            if _tried(draft, asked) < TRIES:
                return _again(draft, routing, Say("utter_leak_summary_needed"))
            _set(draft, asked, "", "unknown", text, seq)
            return _next(draft, routing)
        how = (
            "none" if nothing and asked in NONE_IS_AN_ANSWER else "skipped" if nothing or wish == "skip" else "unknown"
        )
        if asked in CONTACT_SLOTS and how == "unknown":
            how = "skipped"
        _set(draft, asked, "", how, text, seq)
        if asked == "reporter_name" and "익명" in text:
            for name in ("reporter_phone", "reporter_email", "company_name"):
                draft.values.setdefault(name, {"value": "", "how": "skipped", "quote": text, "seq": seq})
            return _next(draft, routing, Say("utter_leak_anonymous"))
        return _next(draft, routing)
    old = draft.values.get(asked)
    before = READERS.get(asked, _read_text)(draft, text, seq, routing, today)
    if before is not None:
        return _again(draft, routing, before)
    if draft.correcting and old is not None and draft.tries.get(asked, 0) > TRIES:
        draft.values[asked] = old  # the new one could not be read
        return _next(draft, routing)
    others = list(draft.values)
    _take_beside(draft, asked, text, seq, routing, today)
    new = [name for name in draft.values if name not in others and name not in FACT_SLOTS]
    told = [asked] if asked == "incident_date" and draft.values[asked].get("first") else []
    return _next(draft, routing, *_noted(draft, [*told, *new]))


def _does_not_know(asked: str, wish: str | None, text: str, today: date) -> bool:
    if wish != "dont_know":
        return False
    if asked == "incident_summary":
        return len(reading.bare(text)) <= 12
    if asked == "incident_date":
        return read_date(text, today).period is None
    if asked == "suspect":
        return reading.suspects_in(text) is None
    if asked == "leaked_technology":
        return reading.technologies_in(text) is None
    return True


def _tried(draft: Draft, asked: str) -> int:
    draft.tries[asked] = draft.tries.get(asked, 0) + 1
    return draft.tries[asked]


def _read_text(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    tells = reading.tells_incident(text) or len(reading.bare(text)) >= 6
    if draft.asked == "incident_summary" and not tells and _tried(draft, draft.asked) < TRIES:
        return Say("utter_leak_summary_needed")
    _set(draft, draft.asked, text.strip(), "said", text, seq)
    return None


def _read_detail(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    period = read_date(text, today, in_story=True).period
    if period is None or not reading.is_just_a_date(text):
        return _read_text(draft, text, seq, routing, today)
    # "지난주 금요일이요" answers the question about the day, late.
    _set_period(draft, period, "said", text, seq)
    return Say("utter_leak_noted", {"lines": [_line(draft, "incident_date")]})


def _read_date(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    read = read_date(text, today)
    if read.period is not None:
        _set_period(draft, read.period, "said", text, seq)
        return None
    if _tried(draft, draft.asked) <= TRIES:
        return Say("utter_leak_date_future" if read.is_future else "utter_leak_date_unclear")
    _set(draft, draft.asked, text.strip(), "said", text, seq)  # in the user's own words
    return None


def _read_phone(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    found = reading.read_phone(text)
    if found is None or found.value is None:
        if _tried(draft, draft.asked) <= TRIES:
            return Say("utter_leak_phone_unclear")
        _set(draft, draft.asked, found.at if found else "", "said" if found else "skipped", text, seq)
        return None
    _set(draft, draft.asked, found.value, "said", text, seq)
    return None


def _read_email(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    found = reading.read_email(text)
    if found is None or found.value is None:
        if _tried(draft, draft.asked) <= TRIES:
            return Say("utter_leak_email_unclear")
        _set(draft, draft.asked, "", "skipped", text, seq)
        return None
    _set(draft, draft.asked, found.value, "said", text, seq)
    return None


def _read_name(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    name = reading.read_name(text)
    if name is None:
        if _tried(draft, draft.asked) <= TRIES:
            return Say("utter_leak_name_unclear")
        _set(draft, draft.asked, "", "skipped", text, seq)
        return None
    _set(draft, draft.asked, name, "said", text, seq)
    return None


def _read_fact(draft: Draft, text: str, seq: int | None, routing: Routing, today: date) -> Say | None:
    answer = _fact_in(draft.asked, text, routing)
    if answer is None and reading.command(text) not in ("skip", "dont_know") and _tried(draft, draft.asked) <= TRIES:
        return Say("utter_leak_yes_no_unclear")
    if answer is None:
        _set(draft, draft.asked, "", "unknown", text, seq)
    else:
        _set(draft, draft.asked, "yes" if answer else "no", "said", text, seq)
    return None


def _fact_in(slot: str, text: str, routing: Routing) -> bool | None:
    """Return what a text answers to a question of fact: yes and no go before the words of the fact itself."""
    answer = reading.read_yes_no(text)
    if answer is None and not reading.is_question(text):
        return routing.told(FACT_SLOTS[slot], text)
    return answer


READERS: dict[str, Callable[[Draft, str, int | None, Routing, date], Say | None]] = {
    "incident_date": _read_date,
    **dict.fromkeys(("leaked_technology", "suspect", "evidence"), _read_detail),
    "reporter_phone": _read_phone,
    "reporter_email": _read_email,
    "reporter_name": _read_name,
    "company_name": _read_name,
    **dict.fromkeys(FACT_SLOTS, _read_fact),
}


def _take_beside(draft: Draft, asked: str, text: str, seq: int | None, routing: Routing, today: date) -> None:
    """Take what an answer tells besides what was asked: contact details among contact details, the story in a story."""
    if asked in CONTACT_SLOTS:
        for name, found in (("reporter_phone", reading.read_phone(text)), ("reporter_email", reading.read_email(text))):
            if name != asked and found and found.value and name not in draft.values:
                _set(draft, name, found.value, "read", text, seq)
    elif asked == "incident_summary":
        _take_story(draft, text, seq, routing, today)
    elif asked not in FACT_SLOTS:
        if asked == "incident_date" and "suspect" not in draft.values and (who := reading.suspects_in(text)):
            _set(draft, "suspect", who, "read", text, seq)
        period = read_date(text, today, in_story=True).period if "incident_date" not in draft.values else None
        if period is not None:
            _set_period(draft, period, "read", text, seq)
        _take_facts(draft, text, seq, routing)


# --- corrections and the end


def _correction(draft: Draft, heard: Heard, routing: Routing, today: date) -> Turn | None:
    """Return the turn for "이름은 김예시로 고쳐 주세요" at any time; None when the message corrects nothing."""
    text, back_to = heard.text, draft.asked
    if back_to == CONFIRM and reading.NOTHING_WRONG.search(text):
        return None
    if back_to == CONFIRM and (without := _left_out(draft, heard)):
        return _next(draft, routing, Say("utter_leak_corrected", {"line": without}))
    correcting = reading.is_correcting(text) or heard.intent == "correct_previous" and heard.confidence >= SURE
    # Asked which value is wrong, its name is enough. In the summary it is not: "네, 이 내용으로 접수해 주세요" names one, too.
    named_is_enough = correcting or back_to == WHICH
    name = reading.field_named(text)
    if name is None and correcting and back_to != "incident_date" and read_date(text, today).period is not None:
        name = "incident_date"
    if back_to == CONFIRM and not correcting:
        name = _other_address(draft, text) or name
    if name is None or name == back_to or not (named_is_enough or back_to == CONFIRM):
        return None
    if name not in draft.values and back_to not in (CONFIRM, WHICH):
        return None
    value = reading.corrected_value(text, name)
    if not named_is_enough and not _says_anew(draft, name, value, text, routing, today):
        return None
    if not value and back_to not in (CONFIRM, WHICH) and not reading.is_correcting(text):
        return None
    old = draft.values.get(name)
    draft.asked = name
    draft.tries.pop(name, None)
    if value and READERS.get(name, _read_text)(draft, value, heard.seq, routing, today) is None:
        draft.values[name]["quote"] = text[:LONGEST_QUOTE]
        draft.tries.pop(name, None)
        draft.asked, draft.correcting = back_to, False
        line = _line(draft, name)
        return _next(draft, routing, Say("utter_leak_corrected", {"line": line}))
    if old is not None:
        draft.values[name] = old
    draft.tries.pop(name, None)
    draft.correcting = True
    draft.path = [step for step in draft.path if step != name] + [name]
    return _again(draft, routing)


def _other_address(draft: Draft, text: str) -> str | None:
    """Return the field of a phone or mail in a text that is not the one written down ("네, 010-…로 연락 주세요")."""
    for name, found in (("reporter_phone", reading.read_phone(text)), ("reporter_email", reading.read_email(text))):
        if found is not None and found.value is not None and found.value != draft.value(name):
            return name
    return None


def _says_anew(draft: Draft, name: str, value: str, text: str, routing: Routing, today: date) -> bool:
    """Return whether a text that corrects nothing in so many words gives a field of the summary a new value."""
    if _other_address(draft, text) == name:
        return not reading.is_question(text)
    if not value or reading.is_question(text) or (reading.read_yes_no(text) is True and not reading.replaces(text)):
        return False
    if name == "incident_date":
        return read_date(value, today).period is not None
    if name in FACT_SLOTS:
        return routing.told(FACT_SLOTS[name], text) is not None or reading.read_yes_no(value) is not None
    return name not in INPUTS and (reading.states(text) or reading.replaces(text))


def _left_out(draft: Draft, heard: Heard) -> list[Say]:
    """Take contact details out of the summary ("익명으로 접수해 주세요", "전화번호는 빼 주세요"). Returns their lines."""
    if not reading.LEFT_OUT.search(heard.text) or reading.is_question(heard.text):
        return []
    named = reading.field_named(heard.text)
    names = CONTACT_SLOTS if "익명" in heard.text else (named,) if named in CONTACT_SLOTS else ()
    for name in names:
        _set(draft, name, "", "skipped", heard.text, heard.seq)
    return [_line(draft, name) for name in names]


def _which(draft: Draft, heard: Heard, routing: Routing) -> Turn:
    if reading.read_yes_no(heard.text) is False or reading.NONE_GIVEN.match(reading.bare(heard.text)):
        return _next(draft, routing)
    return _again(draft, routing)


def _confirm(draft: Draft, heard: Heard, routing: Routing) -> Turn:
    answer = reading.read_sending(heard.text)
    correcting = reading.is_correcting(heard.text) and not reading.NOTHING_WRONG.search(heard.text)
    if answer is True and not correcting:
        return Turn(draft, (), None, SENT)
    if answer is False or correcting:
        draft.asked = WHICH
        return _again(draft, routing)
    return Turn(draft, (Say("utter_leak_confirm_unclear"), *_ask(draft, routing, short=True)), CONFIRM)


def _next(draft: Draft, routing: Routing, *before: Say) -> Turn:
    """Return the turn that asks for what is still open, first of all in the order of the form."""
    draft.correcting = False
    open_ = [name for name in FIELDS if name not in draft.values]
    if open_:
        draft.asked = open_[0]
    elif _unasked_recipients(draft, routing):
        draft.asked = HANDOVER
    else:
        draft.asked = CONFIRM
    draft.path = [name for name in draft.path if name != draft.asked] + [draft.asked]
    return Turn(draft, (*before, *_ask(draft, routing)), draft.asked)


def _ask(draft: Draft, routing: Routing, *, short: bool = False) -> tuple[Say, ...]:
    """Return the question for the asked slot; `short` leaves out what was just shown."""
    asked = draft.asked
    if asked == HANDOVER:
        names = ", ".join(contact.name for contact in recipients(draft, routing))
        return (Say("utter_leak_question_handover_consent", {"recipients": names}),)
    if asked == CONFIRM and not short:
        return (Say("utter_leak_question_confirm_report", {"lines": [_line(draft, name) for name in FIELDS]}),)
    if asked in (CONFIRM, PRIVACY) and short:
        return (Say(f"utter_leak_question_{asked}_short"),)
    return (Say(f"utter_leak_question_{asked}"),)


def _noted(draft: Draft, names: list[str]) -> tuple[Say, ...]:
    """Return the sentence that shows what was written down besides, so that a wrong reading is seen at once."""
    lines = [_line(draft, name) for name in names if draft.values.get(name, {}).get("value")]
    return (Say("utter_leak_noted", {"lines": lines}),) if lines else ()


def _line(draft: Draft, name: str) -> Say:
    entry = draft.values.get(name, {"value": "", "how": "unknown"})
    value: Any = entry["value"]
    if not value:
        value = Say(f"utter_leak_value_{entry['how']}")
    elif name in FACT_SLOTS:
        value = Say(f"utter_leak_value_{value}")
    return Say("utter_leak_line", {"label": Say(f"utter_leak_label_{name}"), "value": value})


def _advice(contacts: tuple[RoutedContact, ...]) -> Say:
    lines = [_contact_line(contact) for contact in contacts]
    keys = tuple(contact.id for contact in contacts)
    for contact in contacts:
        if contact.at_once:
            return Say("utter_leak_advice_at_once", {"contacts": lines, "ministry": contact.ministry}, keys)
    return Say("utter_leak_advice", {"contacts": lines}, keys)


def _contact_line(contact: RoutedContact, *, conditional: bool = False) -> Say:
    response = f"utter_leak_contact_{contact.id}" + ("_if" if conditional and contact.why != "always" else "")
    return Say(response, {"name": contact.name, "phone": contact.phone})


# --- what the ticket needs


def facts_of(draft: Draft) -> dict[str, bool | None]:
    """Return the facts that routing goes by, None for what is not known."""
    answers = {"yes": True, "no": False}
    return {fact: answers.get(draft.value(slot) or "") for slot, fact in FACT_SLOTS.items()}


def routed(draft: Draft, routing: Routing) -> tuple[RoutedContact, ...]:
    """Return who must hear of this report."""
    return routing.route(facts_of(draft))


def recipients(draft: Draft, routing: Routing) -> tuple[RoutedContact, ...]:
    """Return the bodies outside the centre to which the report could be handed over."""
    return tuple(contact for contact in routed(draft, routing) if contact.id != "consultation_center")


def _unasked_recipients(draft: Draft, routing: Routing) -> list[str]:
    """Return the bodies outside the centre that no question for consent has named yet."""
    named = draft.consents.get("handing_over", {}).get("recipients", [])
    return [contact.id for contact in recipients(draft, routing) if contact.id not in named]


def handing_over_to(draft: Draft, routing: Routing) -> list[str]:
    """Return the bodies to which the report may be handed over: named in the question, agreed to, and still concerned."""
    consent = draft.consents.get("handing_over", {})
    named = consent.get("recipients", []) if consent.get("given") is True else []
    return [contact.id for contact in recipients(draft, routing) if contact.id in named]


def is_anonymous(draft: Draft) -> bool:
    """Return whether neither a name nor a way to reach the reporter was given."""
    return not any(draft.value(name) for name in ("reporter_name", "reporter_phone", "reporter_email"))


def brief_of(draft: Draft) -> list[dict[str, Any]]:
    """Return the values of the story for the ticket, each with the sentence it came from."""
    keys = ("value", "how", "quote", "seq", "first", "last")
    return [
        {"field": name} | {key: draft.values[name][key] for key in keys if key in draft.values[name]}
        for name in (*STORY_SLOTS, *FACT_SLOTS)
        if name in draft.values
    ]


def contact_of(draft: Draft) -> dict[str, str]:
    """Return the contact details that were given: name, phone, email, company."""
    return {key: value for name, key in CONTACT_KEYS.items() if (value := draft.value(name))}


def contact_lines(draft: Draft, routing: Routing) -> list[Say]:
    """Return a line for each contact of the report: who, the number, and why; and the duty to report at once."""
    contacts = routed(draft, routing)
    duties = [Say("utter_leak_duty", {"ministry": contact.ministry}) for contact in contacts if contact.at_once]
    return [*map(_contact_line, contacts), *duties]


def step_of(asked: str) -> tuple[int, int]:
    """Return which question this is, and of how many."""
    place = ORDER.index(asked) if asked in ORDER else len(ORDER) - 1
    return place + 1, len(ORDER)


def resume(draft: Draft, heard: Heard, routing: Routing) -> Turn:
    """Go on with a report that was left in the middle, when its user wants to report again."""
    draft = copy.deepcopy(draft)
    if draft.asked == PRIVACY:
        draft.told.append(heard.seq)
    return Turn(draft, (Say("utter_leak_resumed"), *_ask(draft, routing)), draft.asked)


def as_reply(turn: Turn) -> dict[str, Any]:
    """Return the turn as it is kept with the draft, to be given again when the same message comes again."""
    return {
        "says": [_as_json(say) for say in turn.says],
        "asked": turn.asked,
        "end": turn.end,
        "question": turn.question,
    }


def repeat(draft: Draft) -> Turn:
    """Return the turn that was taken last."""
    reply = draft.reply
    return Turn(draft, tuple(_from_json(say) for say in reply["says"]), reply["asked"], reply["end"], reply["question"])


def _as_json(value: Any) -> Any:
    if isinstance(value, Say):
        values = {name: _as_json(inner) for name, inner in value.values.items()}
        return {"response": value.response, "values": values, "contacts": list(value.contacts)}
    return [_as_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        values = {name: _from_json(inner) for name, inner in value["values"].items()}
        return Say(value["response"], values, tuple(value["contacts"]))
    return [_from_json(item) for item in value] if isinstance(value, list) else value
