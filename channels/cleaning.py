"""The one place that cleans what people write, before anything stores or reads it. Pure functions.

`clean` gives two texts: `text` is kept and shown; `for_engine` is the same, but can never be read as a command by Rasa.
"""

import re
import unicodedata
from dataclasses import dataclass

from bot.errors import TextRefused
from channels.personal_numbers import mask

LONGEST_TEXT = 2_000
# macOS writes a syllable as up to three letters; NFC puts them together. Above this, not even that can make the text short enough.
LONGEST_RAW = 3 * LONGEST_TEXT

SURROGATES = re.compile("[\ud800-\udfff]")
LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Blank to the eye, but not for str.isspace: tab and the information separators, every Unicode space, Hangul fillers, the braille blank.
BLANKS = re.compile("[\t\x1c-\x1f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0\u2800]")
# Controls except line feed, and everything that is written but not seen: zero-width, bidi overrides, soft hyphen, tags, non-characters.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
EDGE_SPACE = re.compile(" *\n *")
EMPTY_LINES = re.compile("\n{3,}")
# Drawn like a slash, and left alone by NFKC.
SLASHES = "/\u2044\u2215\u29f8\u2571\u27cb\u3033\u4e3f\U0001f67c"
SLASH_ONLY = "?"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`hidden` names the kinds of personal numbers that were masked in both texts."""

    text: str
    for_engine: str
    hidden: tuple[str, ...] = ()


def clean(raw: str) -> Cleaned:
    """Return the text as it is kept and as Rasa gets it. Raises TextRefused when nothing is left or it is too long."""
    text = normalise(raw)
    text, hidden = mask(text)
    return Cleaned(text, without_leading_slash(text), hidden)


def normalise(raw: str) -> str:
    """Return the text in NFC, with plain spaces and line feeds and without anything invisible. Raises TextRefused."""
    text = SURROGATES.sub("", raw)
    text = INVISIBLE.sub("", BLANKS.sub(" ", LINE_ENDS.sub("\n", text)))
    if len(text) > LONGEST_RAW:  # before normalising, whose time can grow with the square of the length
        raise TextRefused("text_too_long")
    text = unicodedata.normalize("NFC", text)
    text = EMPTY_LINES.sub("\n\n", EDGE_SPACE.sub("\n", text)).strip()
    if not text:
        raise TextRefused("text_empty")
    if len(text) > LONGEST_TEXT:
        raise TextRefused("text_too_long")
    return text


def without_leading_slash(text: str) -> str:
    """Return the text without what Rasa, or anything that normalises before it, could read as the beginning of a command."""
    start = 0
    while start < len(text) and _is_blank_or_slash(text[start]):
        start += 1
    return text[start:] or SLASH_ONLY


def _is_blank_or_slash(char: str) -> bool:
    if char in SLASHES or char.isspace():
        return True
    compatible = unicodedata.normalize("NFKC", char).strip()
    return compatible == "" or compatible[0] in SLASHES or unicodedata.category(char) in ("Cc", "Cf", "Mn", "Me")
