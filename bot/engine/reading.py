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
    "the of and for is it to in on a i how what who where when why do does can you my we please help pc usb cctv".split()
)
# English words in a Korean sentence that say what a Korean word says as often; spelt with it, they are read like it.
_LOANWORDS = {
    "system": "시스템", "service": "서비스", "program": "프로그램", "center": "센터", "centre": "센터", "call center": "콜센터",
    "happy call": "해피콜", "homepage": "홈페이지", "website": "홈페이지", "site": "사이트", "url": "사이트 주소", "free": "무료", "paid": "유료", "consortium": "컨소시엄", "season": "기간", "year-round": "연중", "lecturer": "강사", "spec": "사양", "cost": "비용",
    "price": "비용", "fee": "수수료", "phone": "전화", "number": "번호", "phone number": "전화번호", "tel": "전화번호", "contact": "연락처",
    "guide": "가이드", "guidebook": "가이드북", "manual": "매뉴얼", "log": "로그 기록", "online": "온라인", "apply": "신청", "deadline": "마감",
    "education": "교육", "training": "교육", "class": "교육", "course": "과정", "support": "지원", "trade secret": "영업비밀", "consulting": "자문",
    "consultation": "상담", "security": "보안", "monitoring": "모니터링", "download": "다운로드", "save": "저장", "file": "파일",
    "fine": "과징금", "hours": "시간", "open time": "운영시간", "close time": "운영시간", "open": "운영", "venture": "벤처", "export": "수출",
    "expert": "전문가", "hacking": "해킹", "malware": "악성코드", "report": "신고", "technology": "기술", "company": "회사", "ticket": "접수",
    "status": "진행 상태", "recommend": "추천", "certificate": "증명서", "mediation": "조정", "arbitration": "중재", "seminar": "세미나",
    "workshop": "워크샵", "police": "경찰", "investigation": "수사", "hotline": "전화번호", "industrial": "산업", "tech": "기술", "leak": "유출",
    "national": "국가", "core": "핵심", "lawyer": "변호사", "on-site": "현장", "budget": "비용", "limit": "한도", "link": "연결", "refund": "환불", "video": "동영상", "document": "서류", "documents": "서류", "period": "기간", "schedule": "일정", "address": "주소",
    "location": "위치", "weekend": "주말", "forum": "포럼", "plz": "", "pls": "", "please": "", "thx": "", "ok": "",
}  # fmt: skip
_SPACED = {word.replace(" ", ""): korean for word, korean in _LOANWORDS.items()}
_LOANWORD = re.compile(
    r"(?<![a-z])(?:" + "|".join(sorted(_LOANWORDS, key=len, reverse=True)).replace(" ", r"\s?") + r")(?![a-z])"
)
# What people say before and after what they want: it is no part of the question.
_HELLO = re.compile(
    r"^(?:(?:안녕하(?:세요|십니까|세여|신가요)|안뇽하세요|안녕하세용|안녕|반갑습니다|수고\s?(?:하십니다|많으십니다|많으세요|하시네요)|고생\s?(?:많으십니다|많으세요)"
    r"|실례합니다|처음\s?뵙겠습니다|저기요|여보세요|하이요?|헬로우?|hello|hi)(?![가-힣])[\s,.!?~^…ㅎㅋㅠㅜ]*)+",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:[\s,~^…ㅎㅋㅠㅜ]*(?:미리\s?|정말\s?|너무\s?|항상\s?|답변\s?|늘\s?)*(?:감사(?:합니다|해요|드립니다|드려요|합니당|하겠습니다|드리겠습니다|하겠어요)|고맙(?:습니다|소|심더|겠습니다)|고마(?:워요?|웠어요)"
    r"|수고\s?(?:하세요|하십시오|하십쇼|하셔요|하이소|많으세요|많으십니다)|고생\s?하세요|좋은\s?하루\s?(?:되세요|보내세요|되십시오)|땡큐|쌩유|ㄱㅅ|thanks|thank you|thx)[\s,.!?~^…ㅎㅋㅠㅜ]*)+$",
    re.IGNORECASE,
)
# With these words a courtesy is all that a message is ("알겠습니다 감사합니다").
_ACKNOWLEDGES = re.compile(
    r"^(?:네|넵|넹|예|아|오|와|음|응|ㅇㅇ|ㅇㅋ|오케이|알겠|알았|그렇군|그랬군|됐|되었|도움|덕분|친절|상세|자세한|빠른|정말|답변|상담|안내|설명|그럼|이만|오늘)"
)
_LONGEST_ACKNOWLEDGEMENT = 14  # letters
_SHORTEST_CONTENT = 4
_ASKS = re.compile(
    r"[?？]|(?:나요|까요|가요|니까|는지|은지|을지|ㄴ지|런지|래요|려나|던가|습니까|됩니까|인가|느냐|으냐|나여|까여|가여)\W*$"
    r"|얼마|어디|어데|언제|누가|누구|무엇|무슨|어느|어떤|어떻게|우째|몇\s?[가-힣]|뭐|뭘|머[에예여]|궁금|알려(?![지졌질])|알고\s?싶|가르쳐|갈쳐|되나|됩니꺼|될까|여쭤|여쭙|문의"
)


def from_english_keyboard(text: str, known_latin: frozenset[str] = frozenset()) -> str:
    """Return the text with runs of Latin letters turned into Hangul where they were meant as Hangul ("rltnf dlacl" gives "기술 임치")."""

    def convert(match: re.Match[str]) -> str:
        run = match.group()
        words = [word.lower() for word in run.split()]
        if all(word in _ENGLISH or word in _SPACED or word in known_latin or len(word) < 3 for word in words):
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
    if _SYLLABLE.search(text):
        text = _LOANWORD.sub(lambda match: _LOANWORDS.get(match.group(), _SPACED.get(match.group(), "")), text)
    text = _REPEATED.sub(r"\1\1", text)
    return " ".join(_NOT_WORD.sub(" ", text).split())


def without_courtesies(text: str) -> str:
    """Return the text without the greeting before and the thanks after it; a text that is all courtesy as it is."""
    core = _THANKS.sub("", _HELLO.sub("", text.strip()))
    letters = sum(character.isalnum() for character in core)
    if letters < _SHORTEST_CONTENT or (letters <= _LONGEST_ACKNOWLEDGEMENT and _ACKNOWLEDGES.match(core)):
        return text
    return core


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without crumbs."""
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if len(sentence) > 3]


def asks(sentence: str) -> bool:
    """Return whether a sentence asks for something."""
    return bool(_ASKS.search(sentence))


def last_sentence(text: str) -> str:
    """Return the last sentence that asks, else the last one; a text of one sentence as it is."""
    found = sentences(text)
    if len(found) < 2:
        return text
    return next((sentence for sentence in reversed(found) if asks(sentence)), found[-1])


def compact(text: str) -> str:
    """Return the text without spaces: what is the same however it was spaced."""
    return text.replace(" ", "")


def jamo(text: str) -> str:
    """Return Hangul syllables as their letters, so that one wrong vowel is one wrong letter and not a wrong syllable."""
    return unicodedata.normalize("NFD", text)
