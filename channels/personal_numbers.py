"""Finds and hides numbers that must not be kept: resident registration, card, account, passport and licence numbers.

Phone numbers stay: the centre calls back. A number is looked for in a *shadow* of the text that has the same length and in which
every kind of digit is an ASCII digit, so that a place in the shadow is a place in the text.
"""

import re
import unicodedata
from collections.abc import Iterator

RESIDENT, CARD, ACCOUNT, PASSPORT, LICENCE = "resident", "card", "account", "passport", "licence"
HIDDEN = {
    RESIDENT: "[주민등록번호 가림]",
    CARD: "[카드번호 가림]",
    ACCOUNT: "[계좌번호 가림]",
    PASSPORT: "[여권번호 가림]",
    LICENCE: "[면허번호 가림]",
}

SPOKEN_DIGITS = dict(
    zip("영공일이삼사오육륙칠팔구령빵〇零一二三四五六七八九", "0012345667890000123456789", strict=True)
)

GAP = r"[\s\-‐-―−_.·•ㆍ‧∙/:;~*|()\[\]]"  # what people put between digits; no comma, because that makes amounts
DIGIT = re.compile("[0-9]")

# 02-368-8787 · 010 1234 5678 · 0505-123-4567 · 1588-1234 · +82 10 1234 5678 · 82-(0)10-1234-5678
AREA = "(?:2|1[016-9]|3[0-3]|4[1-4]|50[0-9]?|5[1-5]|6[0-4]|70|80)"
PHONE = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)?82[\s\-.)]{{0,2}}\(?0?\)?[\s\-.]?\(?{AREA}|\(?0{AREA})\)?"
    r"[\s\-.)]{0,2}[0-9]{3,4}[\s\-.]{0,2}[0-9]{4}(?![0-9])"
    r"|(?<![0-9])1[568][0-9]{2}[\s\-.]?[0-9]{4}(?![0-9])"
)
RESIDENT_PLAIN = re.compile(rf"(?<![0-9])[0-9]{{6}}{GAP}{{0,8}}[0-9]{{7}}(?![0-9])")
RESIDENT_SAID = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])[^0-9]{1,20}[0-9]{7}(?![0-9])")
RESIDENT_WORDS = re.compile("주민|외국인|등록번호|앞자리|뒷자리|다시|대시|하이픈")
COMPANY_WORDS = re.compile(r"법인\s*(?:등록)?\s*번호[^0-9]{0,6}$")
RUN = re.compile(rf"[0-9](?:{GAP}{{0,4}}[0-9])+")
SAID_HYPHENS = re.compile("다시|대시|하이픈")
FEWEST_SAID = 6  # one half of a resident's number
CARD_SIZES = (16, 15, 14, 19)
CARD_START = re.compile("3[0-9]|4|5[0-9]|6[0-9]|2[2-7]|9[0-9]")
# Shapes of account numbers that nothing else has.
ACCOUNT_SHAPE = re.compile(
    r"(?<![0-9\-])(?:[0-9]{3}-[0-9]{3}-[0-9]{6}|[0-9]{6}-[0-9]{2}-[0-9]{6}|[0-9]{4}-[0-9]{3}-[0-9]{6}|[0-9]{3}-[0-9]{6}-[0-9]{2}-[0-9]{3}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{3}-[0-9]{2}-[0-9]{6}-?[0-9]|[0-9]{3}-[0-9]{6}-[0-9]{5})(?![0-9\-])"
)
ACCOUNT_WORDS = re.compile(
    "계좌|통장|입금|송금|이체|은행|뱅크|농협|신협|수협|우체국|새마을금고|국민|신한|하나|기업은행|카카오|토스"
)
PASSPORT_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:[MSRODG][0-9]{8}|[MSRODG][0-9]{3}[A-Z][0-9]{4})(?![A-Za-z0-9])")
PASSPORT_ANY = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[\s\-]?[0-9]{3}[\s\-]?[A-Za-z0-9][\s\-]?[0-9]{4}(?![A-Za-z0-9])"
)
LICENCE_NUMBER = re.compile(
    r"(?<![0-9\-])(?:1[1-9]|2[0-8]|서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산)"
    r"[\s\-]{0,2}[0-9]{2}[\s\-]{1,2}[0-9]{6}[\s\-]{1,2}[0-9]{2}(?![0-9\-])"
)
LICENCE_ANY = re.compile(r"(?<![0-9])[0-9]{2}[\s\-]?[0-9]{2}[\s\-]?[0-9]{6}[\s\-]?[0-9]{2}(?![0-9])")
FEWEST_DIGITS = 7  # a passport number has no fewer
NEAR = 24  # how far a word like 계좌 may stand from its number

Span = tuple[int, int]


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with such numbers replaced, and the kinds that were found, each once."""
    digits = _shadow(text, spoken=False)
    spoken = _shadow(text, spoken=True)
    if len(DIGIT.findall(spoken)) < FEWEST_DIGITS:
        return text, ()
    found: list[tuple[int, int, str]] = []

    def add(spans: Iterator[Span], kind: str) -> None:
        for start, end in spans:
            if not _touches([(other[0], other[1]) for other in found], start, end):
                found.append((start, end, kind))

    phones = [match.span() for match in PHONE.finditer(digits)]
    add(_resident_numbers(digits, text), RESIDENT)
    add(_spoken_resident_numbers(spoken, digits), RESIDENT)
    add(_licences(digits, text), LICENCE)
    add(_cards(digits, phones), CARD)
    add(_cards(spoken, phones), CARD)
    add(_accounts(digits, text, phones), ACCOUNT)
    add(_spaced_resident_numbers(digits, text, phones), RESIDENT)
    add(_passports(digits, text), PASSPORT)
    for start, end, kind in sorted(found, reverse=True):
        text = text[:start] + HIDDEN[kind] + text[end:]
    return text, tuple(kind for kind in HIDDEN if any(kind == found_kind for _, _, found_kind in found))


def _shadow(text: str, *, spoken: bool) -> str:
    return "".join(char if char.isascii() else _as_digit(char, spoken) for char in text)


def _as_digit(char: str, spoken: bool) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if spoken and char in SPOKEN_DIGITS:
        return SPOKEN_DIGITS[char]
    compatible = unicodedata.normalize("NFKC", char)  # full-width letters, hyphens and the like
    return compatible if len(compatible) == 1 else char


def _is_resident(number: str) -> bool:
    """Return whether 13 digits can be a resident's number: a day of birth, then 1–8. (Newer ones carry no check digit.)"""
    return 1 <= int(number[2:4]) <= 12 and 1 <= int(number[4:6]) <= 31 and number[6] in "12345678"


def _resident_numbers(shadow: str, text: str) -> Iterator[Span]:
    """Find six and seven digits with little, or words such as 뒷자리, between them."""
    for regex in [RESIDENT_PLAIN] + ([RESIDENT_SAID] if RESIDENT_WORDS.search(text) else []):
        for match in regex.finditer(shadow):
            if _is_resident("".join(DIGIT.findall(match.group()))) and not COMPANY_WORDS.search(text[: match.start()]):
                yield match.span()


def _spaced_resident_numbers(shadow: str, text: str, phones: list[Span]) -> Iterator[Span]:
    """Find thirteen digits with gaps anywhere."""
    for number, places in _runs(shadow):
        for first in range(len(number) - 12):
            start, end = places[first], places[first + 12] + 1
            if not _is_resident(number[first : first + 13]) or COMPANY_WORDS.search(text[:start]):
                continue
            if _cuts_a_group(places, first, first + 13) or _touches(phones, start, end):
                continue
            yield start, end


def _runs(shadow: str) -> Iterator[tuple[str, list[int]]]:
    """Yield each run of digits with gaps: the digits, and their places."""
    for run in RUN.finditer(shadow):
        places = [run.start() + digit.start() for digit in DIGIT.finditer(run.group())]
        yield "".join(shadow[place] for place in places), places


def _cuts_a_group(places: list[int], first: int, end: int) -> bool:
    """Return whether digits stand directly before or behind: a number begins and ends where the writer left a gap."""
    before = first > 0 and places[first - 1] == places[first] - 1
    return before or (end < len(places) and places[end] == places[end - 1] + 1)


def _touches(spans: list[Span], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def _spoken_resident_numbers(shadow: str, digits: str) -> Iterator[Span]:
    """Find numbers said in words. A particle such as 이 may follow at once, so the end of the run does not count."""
    for number, places in _runs(SAID_HYPHENS.sub(lambda said: "-" * len(said.group()), shadow)):
        if re.match("01[016-9]", number) and len(number) not in (13, 14):  # 13 digits and perhaps a particle
            continue  # a phone number, with what was said next
        for first in range(len(number) - 12):
            window = places[first : first + 13]
            said = sum(shadow[place] != digits[place] for place in window)
            if said >= FEWEST_SAID and _is_resident(number[first : first + 13]):
                yield window[0], window[-1] + 1
                break


def _cards(shadow: str, phones: list[Span]) -> Iterator[Span]:
    for number, places in _runs(shadow):
        for size in CARD_SIZES:
            for first in range(len(number) - size + 1):
                start, end = places[first], places[first + size - 1] + 1
                if _cuts_a_group(places, first, first + size) or _touches(phones, start, end):
                    continue
                if CARD_START.match(number, first) and _luhn(number[first : first + size]):
                    yield start, end


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _accounts(shadow: str, text: str, phones: list[Span]) -> Iterator[Span]:
    for match in ACCOUNT_SHAPE.finditer(shadow):
        if match.span() not in phones and not shadow.startswith("01", match.start()):
            yield match.span()
    for match in RUN.finditer(shadow):
        start, end = match.span()
        count = len(DIGIT.findall(match.group()))
        if not 10 <= count <= 16 or _touches(phones, start, end):
            continue
        if ACCOUNT_WORDS.search(text[max(0, start - NEAR) : start]) or ACCOUNT_WORDS.search(
            text[end : end + NEAR // 3]
        ):
            yield start, end


def _passports(shadow: str, text: str) -> Iterator[Span]:
    for match in PASSPORT_NUMBER.finditer(shadow):
        yield match.span()
    if "여권" in text:
        for match in PASSPORT_ANY.finditer(shadow):
            yield match.span()


def _licences(shadow: str, text: str) -> Iterator[Span]:
    for match in LICENCE_NUMBER.finditer(shadow):
        yield match.span()
    if "면허" in text:
        for match in LICENCE_ANY.finditer(shadow):
            yield match.span()
