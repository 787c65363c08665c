"""Where a message speaks of several things: questions one after the other, or programs beside each other. Pure functions."""

from __future__ import annotations

import re

from bot.engine.reading import asks, sentences

MOST = 3
_SHORTEST = 2  # letters of a part beside another
_SHORTEST_QUESTION = 3

# Words of a question about two things at once.
_PAIR = re.compile(
    r"각각|둘|두\s?(?:가지|사업|군데|군대|곳|개|제도|서비스|프로그램|기관)|차이|비교|다른가|달라|다르|다른\s?점|나아요?|나은|낫|어느\s?(?:쪽|게|것)|중에|vs|양쪽|같은\s?(?:거|건|것)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?<=[가-힣a-zA-Z)])(?:이랑|랑|하고|와|과)\s|\s(?:및|그리고|또는|vs\.?|VS)\s|\s*[,/]\s*|(?<=[가-힣])vs(?=[가-힣])"
)
# Written without spaces, the particle stands in the middle of a word.
_BESIDE_SOLID = re.compile(r"(?<=[가-힣])(?:이랑|랑|하고|와|과|및|vs)(?=[가-힣])")
_SOLID = 12  # letters without a space from which a message counts as written without
_LISTED = re.compile(r"\s*[,/]\s*")
# Between two questions of one sentence; "신고", "공고", "홈페이지" and "까지" only end like one.
_ALSO = re.compile(
    r"(?<=[가-힣])(?:(?<![신공보참])고|구|며|는데|은데|ㄴ데|(?<!페이)(?<!까)지|죠)[,\s]\s*|\s*,\s*|\s(?:그리고|그리구|또한?|아울러|글고)\s|(?<=[가-힣])(?:이랑|랑|하고|와|과)\s"
)
NOT_MEANT = "말고|말구|아니고|아니구|아니라"  # what stands before is not what is meant
# "A 말고 B": what is meant stands behind.
_INSTEAD = re.compile(rf"(?<=[가-힣a-zA-Z])\s?(?:은|는|이|가)?\s?(?:{NOT_MEANT})(?:요|여)?[\s,.]*")
_TOPIC = re.compile(
    r"얼마|무료|유료|공짜|비용|수수료|돈|금액|요금|어디|어데|어따|신고|배상|언제|누가|누구|몇|뭐|뭘|무엇|어떤|어떻게|번호|연락처|전화|주소|사이트|홈페이지|누리집|기간|대상|자격|신청|방법|효력|담당|부서|기관|"
    r"한도|최대|과징금|벌금|서류|시간|위치|종류|기능|내용|제외|혜택|지원"
)


def paired(text: str) -> bool:
    """Return whether a message says that it is about several things ("각각", "둘 다", "차이")."""
    return bool(_PAIR.search(text))


def questions(text: str) -> list[str]:
    """Return the questions of a message that asks more than one, at most three; else an empty list."""
    found = [sentence for sentence in sentences(text) if asks(sentence)]
    if len(found) < 2:
        asked = found[0] if found else text
        found = [part.strip() for part in _merged(_ALSO, asked)]
    long_enough = [each for each in found if _letters(each) >= _SHORTEST_QUESTION]
    return long_enough[:MOST] if len(long_enough) > 1 else []


def beside(text: str) -> list[str]:
    """Return the parts of a message that sets things beside each other ("A랑 B 차이", "A 번호, B 번호"); else an empty list."""
    if not paired(text):
        return _cut(_LISTED, text)
    if " " not in text and len(text) >= _SOLID:
        return _cut(_BESIDE_SOLID, text)
    asked = [sentence for sentence in sentences(text) if asks(sentence)]
    return _cut(_BESIDE, next(filter(paired, asked), text)) or _cut(_BESIDE, text)


def instead(text: str) -> list[str]:
    """Return, as the only part, what a message says is meant in place of something else ("A 말고 B": B); else an empty list."""
    rest = instead_of(text)[1]
    return [rest] if _letters(rest) >= _SHORTEST else []


def instead_of(text: str) -> tuple[str, str]:
    """Return what a message says is not meant and what is ("A 말고 B": A and B); two empty texts when it does not say so."""
    found = _INSTEAD.search(text)
    return (text[: found.start()], text[found.end() :]) if found else ("", "")


def _cut(pattern: re.Pattern[str], text: str) -> list[str]:
    found = [part.strip() for part in pattern.split(text) if part and _letters(part) >= _SHORTEST]
    return found[: MOST + 1] if len(found) > 1 else []


def _merged(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return the parts between the matches in which each holds a word that asks for a topic; others stay with their neighbour."""
    parts: list[str] = []
    at = 0
    for match in pattern.finditer(text):
        before, after = text[at : match.end()], text[match.end() :]
        if _TOPIC.search(before) and _TOPIC.search(after):
            parts.append(before)
            at = match.end()
    return [*parts, text[at:]] if parts else []


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
