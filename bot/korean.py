"""Korean grammar that a sentence needs once its words are known."""

from __future__ import annotations

import tossi

LIMIT_WORDS = {"at_least": "이상", "more_than": "초과", "at_most": "이하", "less_than": "미만"}


def with_particle(word: str, particle: str) -> str:
    """Return the word with the fitting form of the particle: ("진단", "을") gives "진단을", ("센터", "을") gives "센터를"."""
    return str(tossi.postfix(word, particle))
