"""What is Korean about a text or a word, and needs no other part."""

from __future__ import annotations

import re
import unicodedata

import tossi

LIMIT_WORDS = {"at_least": "이상", "more_than": "초과", "at_most": "이하", "less_than": "미만"}


def with_particle(word: str, particle: str) -> str:
    """Return the word with the fitting form of the particle: ("진단", "을") gives "진단을", ("센터", "을") gives "센터를"."""
    return str(tossi.postfix(word, particle))


# Letters that sound alike and are mistaken for each other: ㅐ ㅖ ㅒ for ㅔ, ㅙ ㅞ for ㅚ, a final ㅆ for ㅅ.
_ALIKE = str.maketrans(
    {
        "\u1162": "\u1166",
        "\u1168": "\u1166",
        "\u1164": "\u1166",
        "\u116b": "\u116c",
        "\u1170": "\u116c",
        "\u11bb": "\u11ba",
    }
)


def sounds(text: str) -> str:
    """Return the letters (jamo) of a text with those that sound alike made one: "홈패이지" and "홈페이지" give the same."""
    return unicodedata.normalize("NFD", text).translate(_ALIKE)


def plain(text: str) -> str:
    """Return the text in NFKC with single spaces. Single letters stay as they are typed: NFKC would make "ㅇㅇ" unreadable."""
    parts = re.split(r"([ㄱ-ㆎ]+)", text)
    return " ".join(
        "".join(part if place % 2 else unicodedata.normalize("NFKC", part) for place, part in enumerate(parts)).split()
    )
