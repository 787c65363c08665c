"""Whether a company may use a program, condition by condition. Pure: what is known of the company comes in as a profile.

A profile is a mapping from the names of `bot.knowledge.FACTS` to values. What is missing, None or UNKNOWN is not known, and
what is not known is never "no".
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.knowledge import LIMITS, Condition, Priority, Program, Remark, Suit
from bot.korean import LIMIT_WORDS

UNKNOWN = "unknown"  # asked, and the user does not know
Profile = Mapping[str, Any]

ELIGIBLE, INELIGIBLE = "eligible", "ineligible"  # between them UNKNOWN: fits as far as it is known

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "one_of": lambda answer, allowed: answer in allowed,
    "none_of": lambda answer, refused: answer not in refused,
    "any_of": lambda answers, wanted: not set(answers).isdisjoint(wanted),
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}
# An answer that settles nothing: the brochure's list of trades ends with "등".
UNSETTLED = {"industry": ("uncertain",)}


@dataclass(frozen=True)
class Reason:
    """One condition with its outcome (None: not known), where the brochure has it, and what would change a no."""

    text: str
    met: bool | None
    section: str
    fact: str
    change: str | None = None


def known(profile: Profile, fact: str) -> Any:
    """Return what is known about a fact, or None."""
    value = profile.get(fact)
    return None if value == UNKNOWN or value in UNSETTLED.get(fact, ()) else value


def check(rule: Condition | Priority | Remark | Suit, profile: Profile) -> bool | None:
    """Return whether what the rule says of a company holds, or None while it is not known."""
    answer = known(profile, rule.fact or "")
    if answer is None:
        return None
    return COMPARISONS[rule.comparison](answer, rule.value)


def check_condition(condition: Condition, profile: Profile) -> bool | None:
    """Return whether the condition stands in nobody's way: True also where it is not meant for such a company."""
    meant = applies(condition, profile)
    if meant is False:
        return True
    holds = check(condition, profile)
    return holds if meant or holds else None


def applies(condition: Condition, profile: Profile) -> bool | None:
    """Return whether the condition is meant for such a company, or None while that is not known."""
    outcomes = [None if (value := known(profile, fact)) is None else value in values for fact, values in condition.when]
    return False if False in outcomes else None if None in outcomes else True


def open_to(program: Program, size: str) -> bool | None:
    """Return whether companies of this size may apply, or None when no condition is about sizes or it depends on something else."""
    profile = {"company_size": size}
    sizes = [condition for condition in program.conditions if condition.fact == "company_size"]
    outcomes = {check(condition, profile) for condition in sizes}
    depends = any(condition.when and applies(condition, profile) for condition in program.conditions)
    return None if len(outcomes) != 1 or depends else outcomes.pop()


def refusing(program: Program, profile: Profile) -> Condition | None:
    """Return the first condition for all who come that fails for what is known of a company, or None."""
    for_all = (each for each in program.conditions if not each.only_for and not each.not_for)
    return next((each for each in for_all if check_condition(each, profile) is False), None)


def reasons_for(program: Program, profile: Profile, need: str | None, today: datetime.date) -> tuple[Reason, ...]:
    """Return the conditions that are meant for such a company when it comes for this need, each with its outcome."""
    meant = [
        condition
        for condition in program.conditions
        if (not condition.only_for or need in condition.only_for)
        and need not in condition.not_for
        and applies(condition, profile) is not False
    ]
    reasons = [
        Reason(words_of(rule), check_condition(rule, profile), rule.section, rule.fact, rule.change) for rule in meant
    ]
    return (*reasons, *_period(program, today))


def verdict_of(reasons: Sequence[Reason]) -> str:
    """Return eligible when every condition holds, ineligible when one fails, and else unknown."""
    outcomes = [reason.met for reason in reasons]
    return INELIGIBLE if False in outcomes else UNKNOWN if None in outcomes else ELIGIBLE


def words_of(rule: Condition | Priority | Remark) -> str:
    """Return the text of a rule, its limit written out of the comparison itself ("직원 300명 이하")."""
    if rule.comparison not in LIMITS:
        return rule.text
    return rule.text.replace("{limit}", f"{rule.value:,}{rule.unit} {LIMIT_WORDS[rule.comparison]}")


def _period(program: Program, today: datetime.date) -> tuple[Reason, ...]:
    """Return the application period as a condition, where the source gives one."""
    if program.open_from is None and program.open_until is None:
        return ()
    opened = program.open_from is None or program.open_from <= today
    still = program.open_until is None or today <= program.open_until
    days = f"{program.open_from or ''}~{program.open_until or ''}"
    return (Reason(f"신청기간 {days}", opened and still, "신청기간", "today"),)
