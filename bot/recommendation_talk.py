"""The talk in which a company is asked what still matters for its recommendation. Pure; the day comes in.

`begin` and `go_on` take what is known and what was heard, and return what to say (names of responses in domain.yml with their values), what
is known then, and what is asked now. Which question comes next is decided by `bot.recommendation`, how an answer is read by `bot.company`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import company
from bot.eligibility import UNKNOWN
from bot.knowledge import FACTS, Knowledge
from bot.leak_reading import command, is_question
from bot.leak_report import Say
from bot.recommendation import QUESTIONS, questions_left

TRIES = 2  # after that a question is left open
SHORT = 24  # a message of so many letters is an answer or a wish, and no story

DONE, STOPPED, PERSON, LEAK = "done", "stopped", "person", "leak"

# Intents of what is answered by somebody else in between, when the message is no answer.
QUESTION_INTENTS = (
    *("ask_program", "list_programs", "compare_programs", "privacy_question", "ticket_status", "bot_identity"),
    *("out_of_scope", "chitchat", "greet", "thanks", "abuse", "gibberish", "other_language", "ask_reasons"),
)
ABOUT_PROGRAMS = (
    "ask_program",
    "list_programs",
    "compare_programs",
    "privacy_question",
    "ticket_status",
    "ask_reasons",
)
OWN_AFFAIRS = ("privacy_question", "ticket_status")
COMMANDS = {"cancel_or_stop": "stop", "start_over": "over", "go_back": "back", "ask_why": "why", "skip": "skip"}
COMMANDS |= {"talk_to_human": "person", "dont_know": "dont_know", "goodbye": "stop"}
BUTTONS = {"cancel_or_stop": STOPPED, "talk_to_human": PERSON, "report_leak": LEAK, "start_over": "over"}
BUTTONS |= {"go_back": "back", "ask_why": "why", "skip": "skip", "dont_know": "skip", "ask_recommendation": "same"}
# Unknown words may be a trade when the classifier takes them for one of these: it knows few trades itself.
PERHAPS_A_TRADE = ("", "inform", "ask_program", "out_of_scope", "nlu_fallback", "dont_know")
SURELY = 0.8  # of short nouns it is sure of little
# The wish to report, and not a story: who tells of a leak here answers a question.
_REPORT = re.compile(r"(신고|접수|제보)(를|을|부터)?(하고싶|할래|할게|하려|해주|하겠|접수|부탁|하러|해야겠|할려)")
_WHY_NOT = re.compile(
    r"안(되|돼|된|됩|맞|나)|못(받|하|되)|제외|탈락|빠졌|빠진|빠져|부적합|불가|아니(에|라|야|죠|지|란)|아닌(가|지|데|거)|해당되지|해당안|떨어"
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_STOP_ANYWAY = re.compile(r"^(이제|그냥|아)?(그만|취소|중단|멈춰|스톱|stop|관둘|때려|안할래|됐어요?$|됐습니다$)")


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the user with the classifier's opinion of it: what it wants, and which programs it is about."""

    text: str
    intent: str = ""
    confidence: float = 0.0
    programs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of the company, the questions asked in their order, and how often the present one was not understood."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    industry_name: str | None = None
    failed: int = 0
    shown: tuple[str, ...] = ()  # programs of the last result, best first

    def to_json(self) -> dict[str, Any]:
        """Return what is kept beside the facts."""
        return {
            "asked": list(self.asked),
            "industry_name": self.industry_name,
            "failed": self.failed,
            "shown": list(self.shown),
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any], data: Mapping[str, Any] | None) -> Known:
        """Return what was kept; anything that is not of this form is forgotten."""
        data = data if isinstance(data, Mapping) else {}
        kept = {name: value for name, value in facts.items() if name in FACTS and value is not None}
        name = data.get("industry_name")
        return cls(
            facts=kept,
            asked=tuple(slot for slot in data.get("asked") or () if slot in QUESTIONS),
            industry_name=name if isinstance(name, str) else None,
            failed=int(data.get("failed") or 0),
            shown=tuple(map(str, data.get("shown") or ())),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message. `digression`: the intent of a question that is answered first, elsewhere."""

    known: Known
    says: tuple[Say, ...] = ()
    asked: str | None = None
    end: str | None = None
    step: int = 0
    of: int = 0
    digression: str | None = None


def begin(known: Known, heard: Heard, knowledge: Knowledge, today: datetime.date, earlier: Sequence[str] = ()) -> Turn:
    """Start with what the message already says, and what the user wrote before it (`earlier`, oldest first)."""
    again = bool(known.shown)
    if again and heard.intent == "ask_recommendation":
        # Another recommendation is for another worry; the company is still the same.
        kept = {name: value for name, value in known.facts.items() if name not in ("needs", "leak_occurred")}
        known = replace(known, facts=kept)
    if not again:
        for text in earlier:
            known = _with(known, _read_earlier(text, knowledge))
    reading = company.read(heard.text, knowledge)
    if again and heard.intent != "ask_recommendation" and (turn := correct(known, heard, knowledge, today)):
        return turn
    known = replace(_with(known, reading), asked=(), failed=0)
    if reading.conflicts:
        return _which(known, reading.conflicts[0], knowledge, today)
    return _next(known, knowledge, today, Say("utter_recommendation_begin") if not again else None)


def _read_earlier(text: str, knowledge: Knowledge) -> company.Reading:
    """Return what a message from before the form told of the company, and what it was about.

    Who asks "중견기업도 되나요?" has not said to be one; "중견기업인데 되나요?" has.
    """
    told = company.read(_statements(text), knowledge)
    needs = company.read(text, knowledge).facts.get("needs")
    facts = {name: value for name, value in told.facts.items() if name not in told.conflicts}
    return replace(told, facts=facts | ({"needs": needs} if needs else {}), conflicts=())


def go_on(known: Known, asked: str, heard: Heard, knowledge: Knowledge, today: datetime.date) -> Turn:
    """Take the user's next message, while `asked` is the question that stands."""
    reading = _read_answer(asked, heard, knowledge)
    wish = _wish(asked, heard, reading)
    if wish in (STOPPED, PERSON, LEAK):
        return Turn(known, end=wish)
    if wish == "over":
        return _next(Known(), knowledge, today, Say("utter_recommendation_over"))
    if wish == "back":
        return _back(known, knowledge, today)
    if wish == "why":
        return _ask(known, asked, knowledge, today, Say(f"utter_recommendation_why_{asked}"))
    if wish == "same":
        return _ask(known, asked, knowledge, today)
    if (fact := _to_say_again(heard, reading)) is not None:
        return _ask_anew(known, fact, knowledge, today) if fact else _back(known, knowledge, today)
    if wish is None and _no_more_needs(known, asked, heard, reading):
        wish = "skip"
    if wish == "skip":
        return _next(_with(known, company.Reading({asked: UNKNOWN}), asked), knowledge, today)
    if wish == "reasons":
        return replace(_ask(known, asked, knowledge, today), digression="ask_reasons")
    if wish == "question":
        return _answer_question(known, asked, heard, knowledge, today)
    if reading.conflicts:
        return _which(known, reading.conflicts[0], knowledge, today, asked)
    if asked in reading.facts:
        return _next(_with(known, reading, asked), knowledge, today)
    told = _with(known, reading)
    if (fact := _dropped(known, told)) in _left(told, knowledge, today):
        return _ask(told, str(fact), knowledge, today)
    if reading.facts or reading.denied.keys() - {asked} or told != known:
        return _beside(told, asked, reading, knowledge, today)
    return _not_understood(known, asked, knowledge, today)


def _read_answer(asked: str, heard: Heard, knowledge: Knowledge) -> company.Reading:
    """Return what the message says. A need in words that are not known is one of the programs it seems to be about."""
    if heard.text.startswith("/"):  # a button
        return company.Reading()
    reading = company.read(heard.text, knowledge, asked)
    if reading.guessed and heard.confidence >= SURELY and heard.intent not in PERHAPS_A_TRADE:
        facts = {name: value for name, value in reading.facts.items() if name != "industry"}
        reading = replace(reading, facts=facts, industry_name=None)
    if asked != "needs" or "needs" in reading.facts or not heard.programs or _asks(heard.text) or command(heard.text):
        return reading
    services = [knowledge.program(program).needs for program in heard.programs]
    needs = list(dict.fromkeys(service[0].need for service in services if service))
    return replace(reading, facts={**reading.facts, "needs": needs}) if needs else reading


def _answer_question(known: Known, asked: str, heard: Heard, knowledge: Knowledge, today: datetime.date) -> Turn:
    """Let somebody else answer first, and ask again where it was; what the message tells besides is taken."""
    # "제 신고 어떻게 됐어요?" is about the report, and names no need.
    own_affairs = heard.intent in OWN_AFFAIRS
    statements = company.Reading() if own_affairs else company.read(_statements(heard.text), knowledge)
    told = statements.facts
    known = _with(known, statements)
    if not _asks(heard.text) and not told and not (own_affairs and heard.confidence >= SURELY):
        # No question by its form: perhaps an answer that nobody understands. It must not go round for ever.
        known = replace(known, failed=known.failed + 1)
        if known.failed >= TRIES:
            skipped = _with(known, company.Reading({asked: UNKNOWN}), asked)
            turn = _next(skipped, knowledge, today, Say("utter_recommendation_left_open"))
            return replace(turn, digression=heard.intent)
    stands = asked not in told and (not told or asked in _left(known, knowledge, today))
    turn = _ask(known, asked, knowledge, today) if stands else _next(known, knowledge, today)
    return replace(turn, digression=heard.intent)


def _asks(text: str) -> bool:
    """Return whether one of the sentences asks: "뭘 받아 둬야 합니까. 말로만 하던데" does, too."""
    return any(is_question(each) or company.is_question(each) for each in _SENTENCE.findall(text))


def asks_why_not(text: str) -> bool:
    """Return whether a question for reasons is about what does not fit, and not about what does."""
    return bool(_WHY_NOT.search("".join(text.split())))


def correct(known: Known, heard: Heard, knowledge: Knowledge, today: datetime.date) -> Turn | None:
    """Take a correction after the result ("중견 아니고 중소예요"). None when the message corrects nothing that can be read."""
    reading = company.read(heard.text, knowledge)
    known = replace(known, failed=0)
    if reading.conflicts:
        return _which(known, reading.conflicts[0], knowledge, today)
    if fact := _to_say_again(heard, reading):
        return _ask_anew(known, fact, knowledge, today)
    if not reading.facts and not reading.denied:
        return None
    told = _with(known, reading)
    if (fact := _dropped(known, told)) in _left(told, knowledge, today):
        return _ask(told, str(fact), knowledge, today)
    return _next(told, knowledge, today)


def _to_say_again(heard: Heard, reading: company.Reading) -> str | None:
    """Return the fact that is to be asked anew, "" for the last one, or None. Who says the new answer at once has given it."""
    if heard.text.startswith("/") or len(heard.text) > SHORT:
        return None
    fact = company.to_say_again(heard.text)
    return None if fact in reading.facts or (fact == "" and reading.facts) else fact


def _dropped(before: Known, after: Known) -> str | None:
    """Return the fact that a message took back without saying what holds instead."""
    return next((fact for fact in QUESTIONS if fact in before.facts and fact not in after.facts), None)


def _no_more_needs(known: Known, asked: str, heard: Heard, reading: company.Reading) -> bool:
    """Return whether the message says that there is no worry beside those that are known."""
    needs = known.facts.get("needs")
    told = asked == "needs" and isinstance(needs, list) and reading.denied.get("needs", frozenset()).isdisjoint(needs)
    return told and not is_question(heard.text) and company.yes_or_no(heard.text) is False


# --- what is wanted instead of answering -------------------------------------------------------------------------------


def _wish(asked: str, heard: Heard, reading: company.Reading) -> str | None:
    """Return what the message wants instead of answering. An answer to the question goes before the classifier's opinion."""
    if heard.text.startswith("/"):  # a button: its intent is certain
        return BUTTONS.get(heard.intent, "question" if heard.intent in QUESTION_INTENTS else None)
    solid = re.sub(r"[\s.,!~ㅠㅜ]+", "", heard.text)
    answered = asked in reading.facts
    told = reading.facts.get(asked, UNKNOWN)
    if re.search(r"왜|어째서", solid) and asks_why_not(heard.text) and _asks(heard.text):
        return "reasons"
    wish = command(heard.text)
    if asked == "industry" and wish is not None:  # any word may be a trade, these are not
        answered, told = False, UNKNOWN
    if wish is None and not answered and heard.confidence >= 0.6 and len(solid) <= SHORT:
        wish = COMMANDS.get(heard.intent)
    if wish is None and heard.intent == "ask_recommendation" and heard.confidence >= 0.5 and not reading.facts:
        wish = "same"
    if _STOP_ANYWAY.match(solid) and len(solid) <= SHORT and not (asked == "business_status" and told != UNKNOWN):
        return STOPPED
    if _REPORT.search(solid) and len(solid) <= SHORT:
        return LEAK
    if wish == "person" and not (asked == "needs" and told != UNKNOWN and "연결" not in solid):
        return PERSON
    if wish == "stop" and told == UNKNOWN:
        return STOPPED
    if wish in ("over", "back", "same"):
        return wish
    if wish == "why" and (told == UNKNOWN or is_question(heard.text)):
        return "why"
    if wish in ("skip", "dont_know") and told == UNKNOWN:
        return "skip"
    return "question" if _digresses(asked, heard, reading) else None


def _digresses(asked: str, heard: Heard, reading: company.Reading) -> bool:
    """Return whether the message asks something of its own, or is small talk, instead of answering."""
    if heard.intent not in QUESTION_INTENTS:
        return False
    if _asks(heard.text):
        return heard.intent in ABOUT_PROGRAMS or asked not in reading.facts
    if reading.facts or reading.denied or reading.conflicts:
        # "임치 수수료" while the trade is asked for: a name of a program is no trade.
        named = bool(heard.programs) and not reading.denied and not reading.conflicts
        return asked == "industry" and named and heard.intent == "ask_program"
    return heard.confidence >= 0.5


def _statements(text: str) -> str:
    """Return the sentences of a text that ask nothing, and of the others what is said before the question."""
    parts = []
    for sentence in _SENTENCE.findall(text):
        if _asks(sentence):
            said = re.match(r".*(?:데|고|라서|어서|아서|해서|고요)(?=[\s,])", sentence)
            parts.append(said[0] if said else "")
        else:
            parts.append(sentence)
    return " ".join(part for part in parts if part)


# --- the next question -------------------------------------------------------------------------------------------------


def _with(known: Known, reading: company.Reading, asked: str | None = None) -> Known:
    """Return what is known after a message. What it says last counts; "I do not know" replaces nothing that is known."""
    facts = dict(known.facts)
    for name, value in reading.facts.items():
        if value == UNKNOWN and name != asked and facts.get(name) is not None:
            continue
        if name == "needs" and asked != "needs" and isinstance(facts.get("needs"), list) and value != UNKNOWN:
            # Another worry is added; who answers another question may just mention one.
            mentioned = asked is not None and "needs" not in reading.denied
            value = facts["needs"] if mentioned else _united(facts["needs"], value)
        if name == "needs" and asked == "needs" and isinstance(facts.get("needs"), list):
            value = facts["needs"] if value == UNKNOWN else _united(facts["needs"], value)
        facts[name] = value
    for name, values in reading.denied.items():
        _take_back(facts, name, values)
    if reading.facts.get("industry") not in (None, UNKNOWN):
        known = replace(known, industry_name=reading.industry_name)
    path = (*known.asked, asked) if asked is not None and asked not in known.asked else known.asked
    return replace(known, facts=facts, asked=path, failed=0 if asked is not None else known.failed)


def _take_back(facts: dict[str, Any], name: str, values: frozenset[str]) -> None:
    """Forget what is denied. Of several needs or certificates the others stay."""
    value = facts.get(name)
    if isinstance(value, list):
        left = [one for one in value if one not in values]
        if left or not value:
            facts[name] = left
        else:
            del facts[name]
    elif value in values:
        del facts[name]


def _united(needs: list[str], more: list[str]) -> list[str]:
    return list(dict.fromkeys([*needs, *more]))


def _next(known: Known, knowledge: Knowledge, today: datetime.date, *before: Say | None) -> Turn:
    """Ask what can change the result most, or end."""
    left = _left(known, knowledge, today)
    says = tuple(say for say in before if say is not None)
    if not left:
        return Turn(known, says, None, DONE)
    return _turn(known, left[0], len(left), says, knowledge)


def _left(known: Known, knowledge: Knowledge, today: datetime.date) -> tuple[str, ...]:
    """Return the questions that are left. Who told a worry in passing is asked once, in the end, whether there is another."""
    left = questions_left(knowledge, known.facts, today)
    told = isinstance(known.facts.get("needs"), list) and "needs" not in known.asked
    return (*left, "needs") if told and "needs" not in left else left


def _ask_anew(known: Known, asked: str, knowledge: Knowledge, today: datetime.date) -> Turn:
    """Forget an answer and ask for it again."""
    facts = {name: value for name, value in known.facts.items() if name != asked}
    path = tuple(slot for slot in known.asked if slot != asked)
    return _ask(replace(known, facts=facts, asked=path, failed=0), asked, knowledge, today)


def _ask(known: Known, asked: str, knowledge: Knowledge, today: datetime.date, *before: Say) -> Turn:
    """Ask this, again."""
    left = {*_left(known, knowledge, today), asked}
    return _turn(known, asked, len(left), before, knowledge)


def _turn(known: Known, asked: str, left: int, before: tuple[Say, ...], knowledge: Knowledge) -> Turn:
    step = len([slot for slot in known.asked if slot != asked]) + 1
    question = Say(f"utter_recommendation_question_{asked}")
    if asked == "needs" and isinstance(known.facts.get("needs"), list):
        names = [knowledge.needs[need].name for need in known.facts["needs"] if need in knowledge.needs]
        question = Say("utter_recommendation_question_more_needs", {"needs": ", ".join(names)})
    return Turn(known, (*before, question), asked, None, step, step + left - 1)


def _back(known: Known, knowledge: Knowledge, today: datetime.date) -> Turn:
    """Ask the question before the present one again."""
    if not known.asked:
        return _next(known, knowledge, today, Say("utter_recommendation_first_question"))
    last = known.asked[-1]
    facts = {name: value for name, value in known.facts.items() if name != last}
    return _ask(replace(known, facts=facts, asked=known.asked[:-1], failed=0), last, knowledge, today)


def _beside(known: Known, asked: str, reading: company.Reading, knowledge: Knowledge, today: datetime.date) -> Turn:
    """Go on after a message that said something, but not what was asked."""
    if asked not in _left(known, knowledge, today):
        return _next(known, knowledge, today)
    if asked == "company_size" and "employee_count" in reading.facts:
        # A number of employees decides nothing: the brochure gives no limit in heads.
        hint = Say("utter_recommendation_size_hint", {"count": reading.facts["employee_count"]})
        return _not_understood(known, asked, knowledge, today, hint)
    return _ask(known, asked, knowledge, today)


def _not_understood(
    known: Known, asked: str, knowledge: Knowledge, today: datetime.date, hint: Say | None = None
) -> Turn:
    """Ask again, kindly; after some tries go on without an answer."""
    if known.failed + 1 >= TRIES:
        skipped = _with(known, company.Reading({asked: UNKNOWN}), asked)
        return _next(skipped, knowledge, today, Say("utter_recommendation_left_open"))
    known = replace(known, failed=known.failed + 1)
    return _ask(known, asked, knowledge, today, hint or Say("utter_recommendation_again"))


def _which(known: Known, fact: str, knowledge: Knowledge, today: datetime.date, asked: str | None = None) -> Turn:
    """Ask what is true after a message that said two things of one fact. Neither is believed."""
    if fact == asked and known.failed + 1 >= TRIES:
        return _not_understood(known, fact, knowledge, today)
    known = replace(known, failed=known.failed + 1 if fact == asked else 0)
    response = "utter_recommendation_two_sizes" if fact == "company_size" else "utter_recommendation_contradiction"
    known = replace(known, facts={name: value for name, value in known.facts.items() if name != fact})
    if fact not in QUESTIONS:  # it matters for no program: not worth a question
        return _next(known, knowledge, today)
    return _ask(known, fact, knowledge, today, Say(response))
