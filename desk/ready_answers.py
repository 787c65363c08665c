"""Sentences that counsellors put into a reply with one click: from the knowledge, and from a words file of the desk's own."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.knowledge import Knowledge, Program, load_default

FILE = Path(__file__).parent / "ready_answers.yml"
CENTRE = "consultation_center"
TOPICS = {
    "overview": "소개",
    "target": "신청대상",
    "cost": "비용",
    "apply": "신청방법",
    "documents": "서류",
    "period": "기간",
}


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """A group, a title to find it by, and the text."""

    group: str
    title: str
    text: str


@lru_cache(maxsize=1)
def ready_answers() -> tuple[ReadyAnswer, ...]:
    """Return all of them, the desk's own first. Read once."""
    knowledge = load_default()
    return (*own_answers(knowledge), *(each for program in knowledge.programs for each in of_program(program)))


def own_answers(knowledge: Knowledge) -> list[ReadyAnswer]:
    """Return those of the words file; the centre's name, phone and hours come from the knowledge."""
    centre = knowledge.agency(CENTRE)
    values = {"name": centre.name, "phone": centre.phone or "", "hours": centre.hours or ""}
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [ReadyAnswer("인사·안내", entry["title"], entry["text"].format(**values)) for entry in entries]


def of_program(program: Program) -> list[ReadyAnswer]:
    """Return one answer for each topic that the program has facts of, and one with its contacts."""
    answers = []
    for topic, word in TOPICS.items():
        texts = [fact.text for fact in program.facts if fact.topic == topic]
        if texts:
            answers.append(ReadyAnswer(program.short_name, word, f"{program.short_name}: {' '.join(texts)}"))
    lines = [f"{contact.name} {contact.phone} ({contact.use})" for contact in program.contacts]
    answers.append(ReadyAnswer(program.short_name, "문의처", f"{program.short_name} 문의: {', '.join(lines)}"))
    return answers
