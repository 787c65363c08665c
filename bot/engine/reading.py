"""Reading what people type: one spelling for many ways of typing the same Korean sentence."""

from __future__ import annotations

import re
import unicodedata

from hangeul import assemble, qwerty2han

_LATIN_RUN = re.compile(r"[A-Za-z]+(?:[ ]+[A-Za-z]+)*")
_SYLLABLE = re.compile(r"[가-힣]")
_STRAY = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
_REPEATED = re.compile(r"(.)\1{2,}")
_NOT_WORD = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ%~]+")
# Words that are English although their keys would make whole syllables; the knowledge adds its own Latin names.
_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "for",
        "is",
        "it",
        "to",
        "in",
        "on",
        "a",
        "i",
        "how",
        "what",
        "who",
        "where",
        "when",
        "why",
        "do",
        "does",
        "can",
        "you",
        "my",
        "we",
        "please",
        "help",
        "pc",
        "usb",
        "cctv",
    ]  # noqa: SIM905 - a list of forty quoted words is harder to read
)


def from_english_keyboard(text: str, known_latin: frozenset[str] = frozenset()) -> str:
    """Return the text with runs of Latin letters turned into Hangul where they were meant as Hangul ("rltnf dlacl" gives "기술 임치")."""

    def convert(match: re.Match[str]) -> str:
        run = match.group()
        words = [word.lower() for word in run.split()]
        if all(word in _ENGLISH or word in known_latin or len(word) < 3 for word in words):
            return run
        hangul = assemble(qwerty2han(run))
        syllables, stray = len(_SYLLABLE.findall(hangul)), len(_STRAY.findall(hangul))
        # Meant as Hangul: keys fall into whole syllables. English does so only for single short words.
        if syllables >= 2 and stray <= syllables // 6 and not any(word in known_latin for word in words):
            return hangul
        return run

    return _LATIN_RUN.sub(convert, text)


def normalise(text: str, known_latin: frozenset[str] = frozenset()) -> str:
    """Return the text in one spelling: NFKC, lower case, Hangul for keyboard slips, punctuation as single spaces."""
    # NFKC for full-width letters and the like, but single jamo ("ㅇㅇ", "ㅠㅠ") stay what people typed.
    composed = unicodedata.normalize("NFC", text)
    text = "".join(c if "ㄱ" <= c <= "ㅣ" else unicodedata.normalize("NFKC", c) for c in composed)
    text = from_english_keyboard(text, known_latin).lower()
    text = _REPEATED.sub(r"\1\1", text)
    return " ".join(_NOT_WORD.sub(" ", text).split())


def last_sentence(text: str) -> str:
    """Return the last sentence of a text; a text of one sentence as it is."""
    sentences = [sentence for sentence in _SENTENCE_END.split(text.strip()) if len(sentence) > 3]
    return sentences[-1] if len(sentences) > 1 else text


def compact(text: str) -> str:
    """Return the text without spaces: what is the same however it was spaced."""
    return text.replace(" ", "")


def jamo(text: str) -> str:
    """Return Hangul syllables as their letters, so that one wrong vowel is one wrong letter and not a wrong syllable."""
    return unicodedata.normalize("NFD", text)
