"""What the bot did not understand: kept with numbers and addresses taken out, encrypted, and shown by how often it was said.

A text goes when its conversation goes, and when its user has it deleted. Names cannot be found by a rule: that is why the text is
encrypted like every message, and why a person reviews it before it becomes a training sentence.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.exc import IntegrityError

from bot.conversations.database import writing
from bot.conversations.model import NotUnderstood
from bot.conversations.store import utc_now

not_understood = cast(Table, NotUnderstood.__table__)

LONGEST = 300  # characters; a longer story is no training sentence
MOST_READ = 10_000  # the newest; opening one takes some microseconds
NUMBER, MAIL = "[번호]", "[이메일]"

_NUMBER = re.compile(r"\+?[0-9０-９](?:[\s().\-‐-―~]{0,2}[0-9０-９]){6,}")  # a phone has seven digits, an amount seldom
_MAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What the bot took the message for, without being sure: a program's id and a topic."""

    program: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that people said, in its most frequent spelling."""

    text: str
    times: int
    last_at: datetime
    guess: Guess


def mask(text: str) -> str:
    """Return the text without mail addresses and long numbers, in one line and not too long."""
    plain = " ".join(_NUMBER.sub(NUMBER, _MAIL.sub(MAIL, text)).split())
    return plain if len(plain) <= LONGEST else plain[:LONGEST] + "…"


def spelling(text: str) -> str:
    """Return by what two texts are the same: letters and digits alone."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())


class NotUnderstoodStore:
    """Keeps and counts what was not understood."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._clock = clock

    def keep(self, conversation_id: str, seq: int, text: str, guess: Guess) -> None:
        """Keep a message, once; a message without a letter is kept by nobody."""
        if not spelling(text):
            return
        content = {"text": mask(text), "program": guess.program, "topic": guess.topic}
        try:
            with self._writing.begin() as connection:
                row = {"conversation_id": conversation_id, "seq": seq, "content": content, "at": self._clock()}
                connection.execute(insert(not_understood).values(**row))
        except IntegrityError:
            pass  # this message was kept before, or its conversation has just been deleted

    def by_frequency(self, most: int = 200) -> list[Said]:
        """Return what was said, the most frequent first, and of equals the newest."""
        newest_first = select(not_understood.c.content, not_understood.c.at).order_by(not_understood.c.at.desc())
        groups: dict[str, list[tuple[dict[str, Any], datetime]]] = {}
        with self._engine.connect() as connection:
            for content, at in connection.execute(newest_first.limit(MOST_READ)):
                groups.setdefault(spelling(content["text"]), []).append((content, at))
        said = [_as_said(group) for group in groups.values()]
        return sorted(said, key=lambda each: (each.times, each.last_at), reverse=True)[:most]


def _as_said(group: list[tuple[dict[str, Any], datetime]]) -> Said:
    text = Counter(content["text"] for content, _ in group).most_common(1)[0][0]
    guessed = Counter((content["program"], content["topic"]) for content, _ in group if content["program"])
    program, topic = guessed.most_common(1)[0][0] if guessed else (None, None)
    return Said(text, len(group), max(at for _, at in group), Guess(program, topic))
