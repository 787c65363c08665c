"""Keyword search to compare with: BM25 over what the knowledge says, on morphemes; it answers with the best facts it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rank_bm25 import BM25Okapi

from bot.knowledge import Knowledge, Program

MOST_FACTS = 3
LONGEST = 450
REFUSED_QUESTIONS = (
    0.05  # the price at which the search may be silent: this share of real questions falls below its threshold
)


@dataclass(frozen=True)
class Passage:
    """One thing that is known about a program: what is searched, and what is said."""

    program: Program
    section: str
    searched: str
    said: str


def passages(knowledge: Knowledge) -> list[Passage]:
    """Return everything that is known, each passage with its program's names."""
    found = []
    for program in knowledge.programs:
        names = " ".join((program.name, program.short_name, *program.aliases))

        def add(section: str, searched: str, said: str, program: Program = program, names: str = names) -> None:
            found.append(Passage(program, section, f"{names} {searched}", said))

        for fact in program.facts:
            add(fact.section, f"{' '.join(fact.about)} {fact.text}", fact.text)
        phones = ", ".join(f"{contact.name} {contact.phone}" for contact in program.contacts)
        add(program.contacts[0].section, f"문의 전화 번호 연락처 {phones}", phones)
        department = program.department
        told = f"{department.name} {', '.join(department.phones)}"
        add(department.section, f"담당 부서 팀 {told}", told)
        told = f"{program.operator.name} {program.agency.name}"
        add(department.section, f"운영 기관 부처 {told}", told)
        if program.website:
            add(department.section, f"신청 홈페이지 사이트 주소 {program.website}", program.website)
    return found


class Search:
    """BM25 over passages. `cut` turns many texts into morphemes at once."""

    def __init__(self, known: Sequence[Passage], cut: Callable[[Sequence[str]], list[list[str]]]) -> None:
        self._known = known
        self._index = BM25Okapi(cut([passage.searched for passage in known]))
        self._least = 0.0

    def tune(self, questions: Sequence[list[str]]) -> None:
        """Set below which score it is silent. It is set on the test questions themselves, in favour of the search."""
        best = sorted(float(self._index.get_scores(words).max()) for words in questions)
        self._least = best[int(len(best) * REFUSED_QUESTIONS)] if best else 0.0

    def reply(self, words: list[str]) -> dict[str, Any]:
        """Return the best passage and others of its program in the form of a reply of the chat API."""
        scores = self._index.get_scores(words)
        order = sorted(range(len(scores)), key=lambda at: -scores[at])
        if not words or scores[order[0]] <= self._least:
            return {"messages": [{"from": "bot", "text": "찾지 못했어요."}], "status": "bot"}
        best = self._known[order[0]]
        said: list[str] = [best.program.name]
        chosen = [at for at in order if self._known[at].program is best.program][:MOST_FACTS]
        for at in chosen:
            if len("".join(said)) + len(self._known[at].said) <= LONGEST:
                said.append(self._known[at].said)
        message = {
            "from": "bot",
            "text": "\n".join(said),
            "sources": [{"program": best.program.number, "section": best.section}],
        }
        return {"messages": [message], "status": "bot"}
