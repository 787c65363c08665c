"""Which programs fit a company, best first, and what to ask next. Pure functions over programs and a profile."""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.eligibility import ELIGIBLE, INELIGIBLE, UNKNOWN, Profile, Reason, check, reasons_for, verdict_of, words_of
from bot.knowledge import BUSINESS_STATUSES, FACTS, SIZES, YES_OR_NO, Knowledge, Program, Service, Suit

MOST_CARDS = 5
# A program that serves one need well goes before one that helps a little with several.
POINTS = {"first": 100, "strong": 10, "some": 1}
NOT_SURE = "unsure"  # the need of who does not know what they need
CORE_FIELD = "core_field"  # a trade in which national core technologies have been designated

# In this order when two questions matter alike: first what people like to say, then what they may have to look up.
QUESTIONS = (
    *("needs", "company_size", "industry", "business_status", "leak_occurred", "is_subcontractor"),
    *("partner_of_large_company", "counterparty_in_cross_shareholding_group", "holds_national_core_technology"),
    *("holds_industrial_technology", "uses_escrow", "accepts_self_payment", "certifications", "has_security_equipment"),
)
assert set(QUESTIONS) <= set(FACTS)


LONGEST_POINTER = 40  # who writes more than this tells a story
_PLACES = {"첫": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5}
_PLACE = re.compile(
    r"(?P<place>첫|두|세|네|다섯)번째|(?<!\d)(?P<number>[1-5])번(?!이나|정도|만)|(?P<last>마지막)(번째)?(거|것|건|사업|프로그램)"
)


@dataclass(frozen=True)
class Why:
    """Why a program is named at all: one sentence, and where the brochure says it."""

    text: str
    section: str


@dataclass(frozen=True)
class Finding:
    """What was found out about one program for one company."""

    program: Program
    verdict: str
    reasons: tuple[Reason, ...]
    points: int
    whys: tuple[Why, ...]
    goes_first: bool | None  # None: has no order of preference, or it is not known
    priorities: tuple[Reason, ...]
    remarks: tuple[Why, ...]

    @property
    def failed(self) -> tuple[Reason, ...]:
        """Return the conditions that do not hold."""
        return tuple(reason for reason in self.reasons if reason.met is False)


@dataclass(frozen=True)
class Result:
    """All programs: those that fit the company and its needs, those that would fit but for a condition, and the rest."""

    fitting: tuple[Finding, ...]
    near: tuple[Finding, ...]
    others: tuple[Finding, ...]

    @property
    def shown(self) -> tuple[Finding, ...]:
        """Return what the first answer shows."""
        return self.fitting[:MOST_CARDS]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Return every program of which a condition fails, those that the company came for first."""
        return (*self.near, *(finding for finding in self.others if finding.verdict == INELIGIBLE))

    @property
    def all(self) -> tuple[Finding, ...]:
        return (*self.fitting, *self.near, *self.others)


def recommend(programs: Iterable[Program], profile: Profile, today: datetime.date) -> Result:
    """Return the programs sorted by what they mean for the company: need first, then priority, then certainty."""
    findings = [find(program, profile, today) for program in programs]
    findings.sort(key=_rank)
    return Result(
        fitting=tuple(finding for finding in findings if finding.points and finding.verdict != INELIGIBLE),
        near=tuple(finding for finding in findings if finding.points and finding.verdict == INELIGIBLE),
        others=tuple(finding for finding in findings if not finding.points),
    )


def find(program: Program, profile: Profile, today: datetime.date) -> Finding:
    """Return what can be said of one program for the company, judged by the needs for which it fits best."""
    occasions = _occasions(program, profile)
    judged = [(occasion, reasons_for(program, profile, _need_of(occasion), today)) for occasion in occasions]
    fitting = [pair for pair in judged if verdict_of(pair[1]) != INELIGIBLE]
    # A program that fails for one need and fits for another is recommended, for the other.
    counted = fitting or judged
    if counted:
        best = max(counted, key=lambda pair: (POINTS[pair[0].fit], verdict_of(pair[1]) == ELIGIBLE))
        reasons = best[1]
    else:
        reasons = reasons_for(program, profile, None, today)
    ordered = sorted((occasion for occasion, _ in counted), key=lambda occasion: -POINTS[occasion.fit])
    priorities = tuple(
        Reason(words_of(rule), check(rule, profile), rule.section, rule.fact) for rule in program.priorities
    )
    return Finding(
        program=program,
        verdict=verdict_of(reasons),
        reasons=reasons,
        points=sum(POINTS[occasion.fit] for occasion in ordered),
        whys=tuple(dict.fromkeys(Why(occasion.why, occasion.section) for occasion in ordered)),
        goes_first=_any(priority.met for priority in priorities),
        priorities=priorities,
        remarks=tuple(Why(words_of(remark), remark.section) for remark in program.remarks if check(remark, profile)),
    )


def questions_left(
    knowledge: Knowledge, profile: Profile, today: datetime.date, skip: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the facts whose answer can change the result, those that can change it most first."""
    frozen = tuple(
        sorted((fact, tuple(value) if isinstance(value, list) else value) for fact, value in profile.items())
    )
    return _questions_left(knowledge, frozen, today, frozenset(skip))


# A turn of the form asks for the same profile two or three times, and many companies begin alike.
@functools.lru_cache(maxsize=4096)
def _questions_left(
    knowledge: Knowledge, frozen: tuple[tuple[str, Any], ...], today: datetime.date, skip: frozenset[str]
) -> tuple[str, ...]:
    profile: Profile = {fact: list(value) if isinstance(value, tuple) else value for fact, value in frozen}
    programs = knowledge.programs
    now = _picture(recommend(programs, profile, today))
    weights: dict[str, tuple[float, float]] = {}
    for fact in QUESTIONS:
        if profile.get(fact) is not None or fact in skip or not _is_worth_asking(fact, knowledge, profile):
            continue
        if fact == "needs":  # what is needed decides everything
            weights[fact] = (math.inf, math.inf)
            continue
        changes = [
            _difference(now, _picture(recommend(programs, {**profile, fact: answer}, today)))
            for answer in _answers(fact, knowledge)
        ]
        if any(changes):
            weights[fact] = (max(changes), sum(changes) / len(changes))
    # Who does not say what they need gets nothing but general advice: that comes first whatever it changes in number.
    return tuple(sorted(weights, key=lambda fact: (*(-weight for weight in weights[fact]), QUESTIONS.index(fact))))


def pointed_at(text: str, shown: Sequence[str]) -> str | None:
    """Return which of the programs that were shown a text means by its place ("두 번째 거 자세히"), or None."""
    match = _PLACE.search("".join(text.split()))
    if match is None or not shown or len(text) > LONGEST_POINTER:
        return None
    place = len(shown) if match["last"] else _PLACES.get(match["place"] or match["number"]) or int(match["number"])
    return shown[place - 1] if place <= len(shown) else None


def needs_of(profile: Profile) -> tuple[str, ...]:
    """Return the needs that count: none while they are not asked, "not sure" when the user does not know."""
    needs = profile.get("needs")
    if needs is None:
        return ()
    return (NOT_SURE,) if needs == UNKNOWN or not needs else tuple(needs)


def _occasions(program: Program, profile: Profile) -> list[Service | Suit]:
    """Return what makes the program worth a look: the needs that it serves, and whom it suits anyway."""
    needs = needs_of(profile)
    services: list[Service | Suit] = [service for service in program.needs if service.need in needs]
    suits = [suit for suit in program.suits if suit.fact is None or check(suit, profile) is True]
    return services + suits


def _need_of(occasion: Service | Suit) -> str | None:
    return occasion.need if isinstance(occasion, Service) else None


def _rank(finding: Finding) -> tuple[Any, ...]:
    first = finding.goes_first is True and finding.points >= POINTS["strong"]
    return (-finding.points, not first, finding.verdict != ELIGIBLE, finding.program.number)


def _any(outcomes: Iterable[bool | None]) -> bool | None:
    found = set(outcomes)
    return True if True in found else None if None in found or not found else False


def _is_worth_asking(fact: str, knowledge: Knowledge, profile: Profile) -> bool:
    """Return False for what could change the result, but is no business of such a company.

    A leak would change every result, and so would a national core technology; who makes sausages and wants a course for
    the staff need not be asked about either.
    """
    if fact == "needs":
        return True
    needs = needs_of(profile)
    if fact == "leak_occurred":
        return any(knowledge.needs[need].may_have_happened for need in needs if need in knowledge.needs)
    if fact == "holds_national_core_technology" and profile.get("industry") == CORE_FIELD:
        return True
    return any(
        fact in _facts_of(program)
        for program in knowledge.programs
        if not needs or any(service.need in needs for service in program.needs)
    )


def _facts_of(program: Program) -> set[str]:
    """Return the facts on which something about the program depends."""
    facts = {condition.fact for condition in program.conditions}
    return facts | {rule.fact for rule in program.priorities} | {remark.fact for remark in program.remarks}


def _answers(fact: str, knowledge: Knowledge) -> Sequence[Any]:
    """Return the answers that are tried out for a question."""
    if fact == "certifications":
        return [[], *([certification] for certification in knowledge.certifications)]
    if fact == "industry":
        return list(knowledge.industries)
    return {"company_size": SIZES, "business_status": BUSINESS_STATUSES}.get(fact, YES_OR_NO)


_Picture = dict[int, tuple[Any, ...]]


def _picture(result: Result) -> _Picture:
    """Return what the user sees of a result, by program. What goes with a program counts where it is what they came for."""
    picture: _Picture = {}
    for place, finding in enumerate(result.shown):
        wanted = finding.points >= POINTS["strong"]
        details = (finding.goes_first, finding.remarks) if wanted else ()
        picture[finding.program.number] = (place, finding.verdict, *details)
    return picture


def _difference(before: _Picture, after: _Picture) -> float:
    """Return how much two results differ: a program more or less counts most, its place least."""
    total = 0.0
    for number in before.keys() | after.keys():
        first, second = before.get(number), after.get(number)
        if first is None or second is None:
            total += 3
        elif first[1] != second[1]:
            total += 2
        elif first[2:] != second[2:]:
            total += 1
        elif first[0] != second[0]:
            total += 0.2
    return total
