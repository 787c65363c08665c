"""Cuts long texts into pieces that Telegram takes. Pure."""

import re
import unicodedata

LONGEST = 4096  # in UTF-16 units, as Telegram counts
PARAGRAPH = re.compile(r"\n\s*\n|\n")
SENTENCE_END = re.compile(r"[.!?。…](?=[”’)\]]?\s)[”’)\]]?|\n")
SPACE = re.compile(r"\s")
# A cut so early would leave a stump; a worse place further on is better.
EARLIEST = 0.5


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def cuts(text: str, longest: int = LONGEST) -> list[tuple[int, int]]:
    """Return where the pieces of a text begin and end: at a paragraph, a sentence, a space, and never inside what is one letter."""
    pieces = []
    start = 0
    while units(text[start:]) > longest:
        end = _place(text, start, _reach(text, start, longest))
        pieces.append((start, end))
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
    if start < len(text):
        pieces.append((start, len(text)))
    trimmed = ((begin, begin + len(text[begin:end].rstrip())) for begin, end in pieces)
    return [(begin, end) for begin, end in trimmed if end > begin]


def _reach(text: str, start: int, longest: int) -> int:
    """Return how far a piece from `start` can go."""
    end, used = start, 0
    while end < len(text) and (used := used + (2 if ord(text[end]) > 0xFFFF else 1)) <= longest:
        end += 1
    return end


def _place(text: str, start: int, reach: int) -> int:
    earliest = start + int((reach - start) * EARLIEST)
    for boundary in (PARAGRAPH, SENTENCE_END, SPACE):
        found = [match.end() for match in boundary.finditer(text, earliest, reach)]
        if found:
            return found[-1]
    end = reach
    while end > start + 1 and not _is_letter_start(text, end):
        end -= 1
    return end if end > start + 1 else reach


def _is_letter_start(text: str, place: int) -> bool:
    """Return whether a cut here leaves letters whole: syllables of loose jamo, accents, and emoji of several signs."""
    if place >= len(text):
        return True
    char, before = text[place], text[place - 1]
    code = ord(char)
    joins = (
        unicodedata.combining(char)
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
        or 0x1160 <= code <= 0x11FF  # vowels and finals of a decomposed syllable
        or 0xD7B0 <= code <= 0xD7FB
        or code == 0x200D
        or before == "\u200d"
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0xE0020 <= code <= 0xE007F  # tags of flags
        or 0xDC00 <= code <= 0xDFFF
    )
    flags = 0x1F1E6 <= code <= 0x1F1FF and 0x1F1E6 <= ord(before) <= 0x1F1FF
    return not (joins or flags)
