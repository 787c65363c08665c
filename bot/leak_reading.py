"""Reading what people say while they report a leak: yes and no, phones, names, who did it, what was taken. Pure.

The question that was asked decides how a text is read. The intent classifier is a second opinion only: it does not know the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.korean import plain

LONGEST_NAME = 40
KOREA = "KR"


def bare(text: str) -> str:
    """Return the text without the marks and laughs around it."""
    return re.sub(r"^[\s.,!~…·\-ㅠㅜㅎㅋ^;:]+|[\s.,!~…·\-ㅠㅜㅎㅋ^;:]+$", "", plain(text)).lower()


# --- yes and no

YES = re.compile(
    r"(?:네+|넵|넹|넨|예+|옙|응+|어|ㅇ+|ㅇㅋ|오케이|ok(?:ay)?|yes|y|맞아요?|맞습니다|맞다|맞음|그래요?|그럼요?|그렇습니다|그래|좋아요?|좋습니다|좋음"
    r"|물론(?:이죠|이에요)?|당연(?:하죠|히)?|해당(?:돼요|됩니다|해요|합니다)|할게요|하겠습니다|할래요|해주세요|해 주세요|부탁(?:해요|드려요|드립니다)?"
    r"|접수(?:해|할게요|해요|하겠습니다|해 ?주세요)?|이대로(?: ?접수)?(?:해 ?주세요|할게요)?|보내(?:주세요| 주세요)?|확인(?:했어요|했습니다)?|진행(?:해 ?주세요|할게요|하겠습니다)?|동의)"
)
YES_ALL = re.compile(rf"(?:{YES.pattern}[\s,.!~]*)+(?:요|죠|입니다|이에요|예요)?")
NO = re.compile(
    r"(?:아니(?:요|오|에요|예요|여|용|야|다|고요)?|아뇨|아냐|아님|아닙니다|아닌데요|ㄴㄴ+|ㄴ|노|no|n|nope|싫어요?|싫습니다|싫다|싫은데요?|싫네요|안 ?할래요?|안 ?할게요|안 ?해요?|안 ?합니다"
    r"|거절(?:할게요|합니다)?|거부(?:할게요|합니다)?|됐어요|됐습니다|괜찮아요|괜찮습니다|원하지 않아요|원치 않아요|없어요|없습니다|없음|해당 ?(?:없|안).*|그렇지 않아요|전혀요?)"
)
NO_ALL = re.compile(rf"(?:{NO.pattern}[\s,.!~]*)+(?:요)?")
NO_CONSENT = re.compile(
    r"동의(?:는|를|에)?\s*(?:안|못|하지|하고 싶지|할 수 없|하기 싫|거부|거절|하지는|해 드릴 수 없)|(?:비|미)동의|안\s*동의|동의\s*(?:x|X|엑스)|동의하기 싫|거부(?:합|할|해|하겠)|거절(?:합|할|해|하겠)"
)
YES_CONSENT = re.compile(
    r"동의\s*(?:합|할|해|하|함|드|요|입|$|o\b|는 하)|^(?:네|예|응|넵|그래요|좋아요)[\s,.!]*(?:그럼\s*)?동의"
)
QUESTIONED = re.compile(
    r"\?|나요|까요|인가요|는지|하면|으면|아도|어도 되|야 (?:하|되|돼)|왜|무슨|뭐|어디|어떻게|누가|얼마"
)
HALF = re.compile(r"그런데|근데|하지만|나중|생각|글쎄|음+|아마|일단|조금|좀\b|모르|니다만|는데요?$")


def read_consent(text: str) -> bool | None:
    """Return whether a text agrees (True) or refuses (False) without doubt; None for anything vague."""
    said = bare(text)
    if QUESTIONED.search(said):
        return None  # "동의 안 하면 어떻게 돼요?" refuses nothing
    if NO_CONSENT.search(said) or NO_ALL.fullmatch(said):
        return False
    if HALF.search(said):
        return None
    if YES_CONSENT.search(said) or YES_ALL.fullmatch(said):
        return True
    # "아니요, 개인정보는 안 줄래요": begins with a clear no.
    return False if re.match(r"(?:아니요|아니오|아뇨|싫어요|ㄴㄴ)(?:[\s,.]|$)", said) else None


def read_yes_no(text: str) -> bool | None:
    """Return whether a text says yes or no to a question of fact, or None."""
    said = bare(text)
    if NO_ALL.fullmatch(said):
        return False
    if YES_ALL.fullmatch(said):
        return True
    if is_question(said) or DONT_KNOW.search(said):
        return None
    if re.match(r"(?:아니요|아니오|아뇨|아니에요|ㄴㄴ)(?:[\s,.]|$)", said) or re.search(
        r"(?:아니에요|아닙니다|아닌데요|아니예요|아님|아니요|아닌 것 같|없어요|없습니다|상관없|무관)", said
    ):
        return False
    if re.match(r"(?:네|예|넵|응|맞아요|맞습니다|그렇습니다)(?:[\s,.]|$)", said) or re.search(
        r"(?:맞아요|맞습니다|해당(?:돼|됩|해|합)|관련(?:이에요|입니다|돼|됩|있))", said
    ):
        return True
    return None


# --- what is no answer but a wish

DONT_KNOW = re.compile(
    r"모르|몰라|몰겠|모름|몰름|기억.{0,4}(?:안|않|없)|(?:파악|확인|짐작).{0,6}(?:안 |안돼|안됐|못|않|중이|해 ?봐야)|글쎄|미확인|알 수 ?(?:가 )?없|불명|긴가민가|헷갈|애매|판단이 안|ㅁㄹ"
)
SKIP = re.compile(
    r"건너|넘어갈게|넘어갈래|넘어가 ?(?:주|자|죠|요$|겠)|넘어가$|넘길게|넘겨요?$|넘겨 ?주|패스|스킵|\bskip\b|\bpass\b|생략|다음 ?질문|다음으로|^다음$|^담$|^통과|비워 ?(?:둘|두)"
    r"|안 ?(?:적|쓸|쓰고|남기|밝히|알려 ?(?:드리|줄))|밝히(?:고 싶지|지 않|기 (?:싫|곤란|어려))|말(?:하기|씀드리기) ?(?:싫|곤란|어려)|적고 싶지|익명|빼고 진행|ㅍㅅ"
)
STOP = re.compile(
    r"^(?:이제 |그냥 |아 |일단 |접수 |신고 )?(?:그만(?:할|하|해|둘|두|요|$)|중단|중지|취소(?!된|됐|한|당)|관둘|관두|멈춰|스톱|스탑|stop|종료|나갈래|나가기|안 ?할래|안 ?할게|됐어요 ?그만|필요 ?없)"
    r"|(?:신고|접수|작성).{0,5}(?:안 ?할|안 ?하고|그만|취소|중단|관둘|포기)|(?:그만|취소|중단)(?:할게요|할래요|하겠습니다|해 ?주세요|하고 싶)"
)
WHO = r"(?:상담원|상담사|상담 ?직원|사람|담당자|직원|전문가|변호사)"
PERSON = re.compile(
    rf"{WHO}.{{0,6}}(?:연결(?!됐|되었|돼서)|바꿔|불러)|{WHO}.{{0,8}}(?:통화|얘기|이야기|말|대화|상담)\S{{0,3}}\s?(?:싶|할래|할게|하겠|원해|원합|부탁|가능|해 ?주|하면|되나)"
    rf"|^{WHO}\s?(?:이랑|랑|하고|과)\s?(?:통화|얘기|이야기|말|대화|상담)\S*$|^상담[원사](?:이요|요)?$"
)
WHY = re.compile(
    r"왜.{0,14}(?:물어|묻|물으|필요|적|알려|쓰|써|요구|궁금|알아야|받)|^(?:그건|그거|이건|이거|그게|이게)?\s*왜(?:요|죠|여)?\??$|(?:어디에|어디다|뭐에|무엇에).{0,6}(?:쓰|써|사용|이용)"
    r"|꼭\s*(?:적|말|알려|써|해|필요|동의).{0,6}(?:되|돼|하|야|나)|(?:적|말|쓰|알려|동의)\S{0,4}\s*안\s*(?:하면|적으면)|안\s*(?:적|말하|쓰|동의하)\S*면"
)
BACK = re.compile(
    r"^(?:한 ?단계 |한 ?칸 )?(?:뒤로|이전|전 ?단계|앞 ?질문|전 ?질문|앞으로 ?돌아|되돌|돌아가|아까 ?질문|back\b)|(?:이전|전|앞) ?(?:질문|단계|항목)(?:으로|로)"
)
OVER = re.compile(r"^(?:처음부터|맨 ?처음|다시 ?시작|새로 ?(?:시작|작성|쓸))|처음으로 ?돌아|리셋|초기화")
NONE_GIVEN = re.compile(
    r"^(?:그런 거 |따로 |특별히 |딱히 |아직 |전혀 )?(?:없어요?|없습니다|없음|없네요|없는데요|없다|none|x|없어용|ㄴㄴ|아니요|아뇨)$"
)

QUESTION_END = re.compile(
    r"\?\s*$|(?:나요|까요|은가요|는가요|인가요|던가요|ㄴ가요|가요|건가|뭐예요|뭐에요|뭐야|뭐죠|뭔가요|뭔데요|뭔지|어디예요|어디에요|어디죠|얼마예요|얼마에요|얼마죠|되나|되냐|돼요|있나|왜요|궁금해요|궁금합니다|궁금|알려 ?주세요|알려줘요?|가르쳐 ?주세요|설명해 ?(?:줘|주세요))\s*$"
)
ASKING = re.compile(
    r"뭐|무엇|무슨|뭔|어디|어떻게|어떤|얼마|언제|누가|누구|몇|왜|나요|까요|가요|궁금|알려|가르|설명|되나|돼요|있나"
)


def is_question(text: str) -> bool:
    """Return whether a text asks something, by its form."""
    said = plain(text).rstrip(" .!~ㅠㅜ")
    if said.endswith("?"):
        return True
    return bool(QUESTION_END.search(said) and ASKING.search(said))


def command(text: str) -> str | None:
    """Return what a short text wants instead of answering: person, stop, over, back, why, skip, dont_know; or None."""
    said = bare(text)
    if len(said) <= 40 and PERSON.search(said):
        return "person"
    if len(said) <= 24 and STOP.search(said):
        return "stop"
    if len(said) <= 24 and OVER.search(said):
        return "over"
    if len(said) <= 24 and BACK.search(said):
        return "back"
    if len(said) <= 40 and WHY.search(said):
        return "why"
    if len(said) <= 30 and SKIP.search(said):
        return "skip"
    if len(said) <= 30 and DONT_KNOW.search(said):
        return "dont_know"
    return None


# --- contact details

PHONE_LIKE = re.compile(r"(?:\+?\d[\d\s().\-]{5,18}\d)|\d{3,}")
EMAIL_LIKE = re.compile(r"[^\s@,;<>()]+@[^\s@,;<>()]+")
SPOKEN_DIGITS = str.maketrans("영공일이삼사오육칠팔구", "00123456789")
SPOKEN_PHONE = re.compile(r"(?:[영공일이삼사오육칠팔구]\s*(?:[\-에의,.]\s*)?){9,11}")


@dataclass(frozen=True, slots=True)
class Found:
    """A value found in a text, or that something like it is there but cannot be right. `at` is what was written."""

    value: str | None
    at: str


def read_phone(text: str) -> Found | None:
    """Return the phone number in a text as it is dialled ("010-1234-5678"), an impossible one (value None), or None."""
    said = EMAIL_LIKE.sub(" ", plain(text))
    said = SPOKEN_PHONE.sub(lambda m: re.sub(r"[^0-9]", "", m[0].translate(SPOKEN_DIGITS)), said)
    wrong = None
    for match in PHONE_LIKE.finditer(said):
        written = match[0].strip()
        try:
            number = phonenumbers.parse(written, KOREA)
        except phonenumbers.NumberParseException:
            number = None
        if number is not None and phonenumbers.is_valid_number(number) and len(re.sub(r"\D", "", written)) >= 8:
            return Found(_as_dialled(number), match[0])
        wrong = wrong or Found(None, match[0])
    return wrong


def _as_dialled(number: phonenumbers.PhoneNumber) -> str:
    korean = phonenumbers.region_code_for_number(number) == KOREA
    form = phonenumbers.PhoneNumberFormat.NATIONAL if korean else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def read_email(text: str) -> Found | None:
    """Return the mail address in a text, an impossible one (value None), or None."""
    match = EMAIL_LIKE.search(plain(text))
    if match is None:
        return None
    written = (
        re.sub(r"(?:이에요|입니다|예요|이요|으로|로|요|이고|고)$", "", match[0].rstrip("."))
        if not match[0].isascii()
        else match[0].rstrip(".")
    )
    try:
        return Found(validate_email(written, check_deliverability=False).normalized, match[0])
    except EmailNotValidError:
        return Found(None, match[0])


NAME_BEFORE = re.compile(
    r"^(?:제|저의|내|신고자|담당자|회사|업체|저희|우리)?\s*(?:이름|성함|성명|명의|회사 ?이름|회사명|업체명|상호)(?:은|는|이|:)?\s*|^(?:저는|전|나는|저희는|우리는|저희 회사는|우리 회사는|회사는)\s+"
)
NAME_AFTER = re.compile(
    r"\s*(?:이라고 ?(?:합니다|해요|불러 ?주세요)|라고 ?(?:합니다|해요|불러 ?주세요)|입니다|이에요|예요|에요|이고요?|이며|이요|요|임|고요|이라고요|라고요|으로 ?(?:해|적어) ?주세요|로 ?(?:해|적어) ?주세요)[\s.!~]*$"
)
TWO_SYLLABLES = re.compile(r"^[가-힣]{2}(?:이고|고|요|임)$")


def read_name(text: str) -> str | None:
    """Return the name in an answer to "what is your name" (or the company's), or None when nothing is left."""
    said = SPOKEN_PHONE.sub(" ", plain(text))
    for found in (read_email(said), read_phone(said)):
        if found:
            said = said.replace(found.at, " ")
    said = re.sub(
        r"(?:전화번호|전화|연락처|휴대폰|핸드폰|번호|이메일|메일)(?:는|은|:)?\s*(?:이고|이에요|입니다|요)?\s*$",
        " ",
        plain(said),
    ).strip(" ,./;:-")
    said = NAME_BEFORE.sub("", said)
    short = said
    for _ in range(2):  # "김예시이고 … 이에요": two endings once the number between them is gone
        short = short.strip(" ,./;:-")
        short = short if TWO_SYLLABLES.match(short) else NAME_AFTER.sub("", short)
    said = (short or said).strip(" ,./;:-\"'")
    return said[:LONGEST_NAME] if re.search(r"[가-힣A-Za-z]", said) else None


# --- what the story tells

ROLE = r"(?:설계|영업|개발|연구|생산|품질|구매|기술|공정|관리|총무|마케팅|해외|현장|수석|책임|선임|주임|재무|회계|전산|시스템|물류|자재|공장|연구소|기획|인사)"
RANK = r"(?:팀장|부장|과장|차장|대리|사원|주임|이사|상무|전무|부사장|본부장|실장|소장|연구소장|연구원|엔지니어|디자이너|개발자|기술자|반장|공장장|인턴|알바|직원|주방장|조리장|관리자|기사|비서|총괄|센터장|지점장|지사장|매니저|동업자|컨설턴트|프리랜서|퇴사자|퇴직자|박사)"
SUSPECT = re.compile(
    rf"(?:(?:전|전직|퇴사한|퇴직한|그만둔|이직한|나간|외주|협력사|협력업체|거래처|경쟁사|현지|중국인|외국인)\s*)?(?:{ROLE}\s?(?:팀|부|실|본부|소)?\s?)?{RANK}(?:\s?\d명)?(?![가-힣]*\s?(?:교육|지원|상담))"
    r"|경쟁사|경쟁업체|협력업체|협력사|하청업체|외주업체|외주사|거래처|원청|원사업자|발주처|발주사|납품처|고객사|바이어|투자자|컨설팅사|유지보수업체|해커|동업자|퇴사자|퇴직자|청소업체"
)
DOER = re.compile(
    r"\s?(?:이|가|께서|님이|놈이|한 명이|들이|에서|에게|한테|의|로|,|인데|였던|랑|과|와|을|를|은|는|도|$)"
)

TECHNOLOGY_WORDS = (
    *(
        "설계도면",
        "설계도",
        "설계 도면",
        "설계파일",
        "설계 파일",
        "설계자료",
        "설계 자료",
        "캐드 파일",
        "CAD 파일",
        "3D 파일",
        "도면",
    ),
    *("소스코드", "소스 코드", "펌웨어", "알고리즘", "학습 코드", "모델 가중치", "프로그램 소스", "제어 프로그램"),
    *("배합표", "배합비", "배합 비율", "레시피", "제조법", "처방전", "성분표", "원료 배합"),
    *(
        "공정도",
        "공정 조건",
        "공정조건",
        "공정 자료",
        "공정자료",
        "작업표준서",
        "공정 레시피",
        "제조 공정",
        "생산 노하우",
    ),
    *(
        "고객 목록",
        "고객목록",
        "고객명단",
        "거래처 목록",
        "거래처 명단",
        "고객 명단",
        "고객 데이터",
        "영업 자료",
        "견적서",
        "단가표",
        "원가표",
        "사양서",
        "시방서",
    ),
    *(
        "실험노트",
        "연구노트",
        "실험 데이터",
        "연구 자료",
        "연구자료",
        "시험성적서",
        "시제품",
        "금형",
        "균주",
        "특허 명세서",
        "기술자료",
        "기술 자료",
        "개발 자료",
        "개발자료",
    ),
    *("회로도", "설비 사진", "매뉴얼", "사업계획서", "영업비밀"),
)
TECHNOLOGY = re.compile("|".join(sorted(map(re.escape, TECHNOLOGY_WORDS), key=len, reverse=True)), re.IGNORECASE)
# What may follow a thing that was taken; "금형 기사" is a person, "도면함" a folder.
TAKEN = re.compile(
    r"\s?(?:을|를|이랑|랑|하고|과|와|이|가|까지|도|등|,|·|들|파일|자료|전부|전체|다\s|싹|통째|몽땅|유출|복사|반출|탈취|도난|도용|유용|빼|넘|$)"
)
NOUN = re.compile(r"[가-힣A-Za-z]{2,6}(?<![은는이가을를에서고면도로와과랑며니지요다데한의걸게])")
NO_NOUNS = frozenset(
    [
        "어제",
        "오늘",
        "그제",
        "그저께",
        "방금",
        "아까",
        "지금",
        "우리",
        "저희",
        "회사",
        "최근",
        "요즘",
        "작년",
        "올해",
        "제가",
        "내가",
        "누가",
        "어떤",
        "그런",
        "이번",
        "지난",
        "어젯밤",
        "오전",
        "오후",
        "새벽",
        "아침",
        "저녁",
        "그만둔",
        "퇴사",
        "모든",
        "전부",
        "결국",
        "아마",
        "진짜",
        "혹시",
        "헬프",
    ]
)
EVIDENCE = re.compile(
    r"(?:접속|다운로드|반출|복사|출입|방화벽|서버|메일|USB|usb|NAS|VPN|카톡|카카오톡|문자|로그)?\s?"
    r"(?:(?:로그|기록|이력|캡처|캡쳐|녹취|녹음|CCTV|씨씨티비|스크린샷|증언|목격자)(?=[^.!?\n]{0,12}(?:있|확보|남|확인|찍|갖고|가지고|보관|나왔|잡|봤))"
    r"|(?:영상|사진)(?=[^.!?\n]{0,6}(?:있|확보|남|갖고|가지고|보관)))"
)
INCIDENT = re.compile(
    r"유출|빼돌|빼갔|빼 ?간|빼내|가져갔|가져간|가져가|가지고 ?(?:나갔|나간|갔)|들고 ?(?:나갔|나간|갔|튀|도망)|담아 ?(?:갔|간|나)|챙겨 ?(?:갔|간|나)|훔쳐|훔친|도난|도둑|넘겼|넘긴|넘어갔|넘어간|새나|새어|흘려|흘리|흘렸|복사|복제|베꼈|베낀|베껴|도용|유용|탈취|해킹|뚫|랜섬|털렸|털림|잃어버|분실|퍼뜨|공개(?:돼|됐|해|하)|올려|팔아|팔았|보냈|보낸|보여줬|보여 ?준|찍어|찍었|찍힌|반출|빼앗|뺏|침해|달라고|달라 ?해|요구(?:해|했|하|받)|이직|스카[웃우]|접속|내려받|다운|특허를? ?(?:냈|출원)|똑같은|그대로"
)
WISH = re.compile(
    r"(?:기술|영업비밀|정보|도면|산업기술)?\s*(?:유출|침해|탈취|피해)?\s*(?:사실|사고|건)?(?:을|를|도|좀)?\s*(?:신고|접수|제보|고발)\S*(?:\s*(?:신고|접수|제보)\S*)*"
    r"(?:\s*(?:싶\S*|하고\S*|할래\S*|할게\S*|하려\S*|합니다|원합\S*|원해\S*|부탁\S*|해|주세요|시작\S*|가능\S*))*"
)


def suspects_in(text: str) -> str | None:
    """Return who did it, in the words of the story, or None."""
    said = plain(text)
    for match in SUSPECT.finditer(said):
        if DOER.match(said[match.end() :]):
            return " ".join([*_nouns_before(said[: match.start()]), match[0].strip()])
    return None


def _nouns_before(text: str) -> list[str]:
    """Return up to two nouns that stand before a role ("유지보수 업체" 직원), in their order."""
    found: list[str] = []
    if not text.endswith(" "):
        return found
    for word in reversed(text.split()):
        if len(found) == 2 or not NOUN.fullmatch(word) or word in NO_NOUNS:
            break
        found.insert(0, word)
    return found


def technologies_in(text: str) -> str | None:
    """Return what was taken, in the words of the story, or None."""
    said = plain(text)
    found: list[str] = []
    for match in TECHNOLOGY.finditer(said):
        if TAKEN.match(said[match.end() :]) and not any(match[0] in other or other in match[0] for other in found):
            found.append(match[0])
    return ", ".join(found) or None


def evidence_in(text: str) -> str | None:
    """Return what evidence a story says there is, or None."""
    found = list(dict.fromkeys(match[0].strip() for match in EVIDENCE.finditer(plain(text))))
    return ", ".join(found) or None


JUST_A_DATE = re.compile(
    r"(?:[\d./~\-년월일주시분전후쯤경말초중순]|지지난|지난|저번|이번|지|달|해|작년|재작년|올해|어제|그저께|그제|엊그제|오늘|어젯밤|밤|새벽|아침|점심|저녁|오전|오후|낮"
    r"|봄|여름|가을|겨울|[월화수목금토일]요일|며칠|몇|하루|이틀|사흘|[한두세네]|개월|정도|무렵|아마|에|이었어요|였어요|이에요|예요|이요|요|입니다|\s)+"
)


ANOTHER = re.compile(
    r"(?:새로|또|추가로|하나 더|다시 ?새로)\s?(?:다른 )?\S{0,4}\s?(?:신고|접수|제보|작성)|(?:다른|별개|새로운|추가) ?(?:건|사건|일|신고)"
)


def wants_another(text: str) -> bool:
    """Return whether a text asks for one more report beside the one that was made."""
    return bool(ANOTHER.search(plain(text)))


def is_just_a_date(text: str) -> bool:
    """Return whether a text holds the words of a date and no others."""
    return JUST_A_DATE.fullmatch(bare(text)) is not None


def tells_incident(text: str) -> bool:
    """Return whether a text tells what happened, and is not just the wish to report something."""
    said = plain(text)
    if said.startswith("/"):
        return False
    rest = WISH.sub(" ", said)
    told = bool(INCIDENT.search(rest))
    return (told and len(re.sub(r"\W", "", rest)) >= 8) or len(re.sub(r"\W", "", rest)) >= 30


# --- corrections

CORRECTING = re.compile(
    r"수정|정정|고쳐|고칠|고치|바꿔|바꿀|바꾸|변경|잘못 ?(?:적|입력|말|썼|쓴|눌)|틀렸|틀린|틀려|오타"
)
INSTEAD = re.compile(r"(?:이|가|은|는)?\s*(?:아니라|아니고|아니구|아니에요|말고)\s*,?\s*")
FIELD_WORDS = {
    "reporter_phone": ("전화번호", "전화", "연락처", "휴대폰", "핸드폰", "번호"),
    "reporter_email": ("이메일", "메일 주소", "메일"),
    "company_name": ("회사 이름", "회사명", "회사이름", "업체명", "상호", "회사"),
    "reporter_name": ("이름", "성함", "성명"),
    "incident_date": ("날짜", "일시", "발생일", "시점", "시기", "언제"),
    "leaked_technology": ("유출된 기술", "유출 기술", "유출된 자료", "기술", "자료"),
    "suspect": ("의심되는 사람", "의심 대상", "의심", "유출자", "유출한 사람", "용의자", "상대방", "상대"),
    "evidence": ("증거", "증빙"),
    "concerns_subcontract": ("하도급", "원청"),
    "concerns_core_technology": ("국가핵심기술", "국가핵심", "산업기술"),
    "incident_summary": ("있었던 일", "사건 내용", "사건", "내용", "경위", "상황"),
}


def field_named(text: str) -> str | None:
    """Return the field that a text names ("전화번호", "날짜"), the longest name winning, or None."""
    said = plain(text)
    named = [(len(word), field) for field, words in FIELD_WORDS.items() for word in words if word in said]
    return max(named)[1] if named else None


def is_correcting(text: str) -> bool:
    """Return whether a text says that something written before is wrong."""
    return bool(CORRECTING.search(plain(text)))


REPLACING = re.compile(r"(?:아니라|아니고|아니구|말고)\s*\S")
STATED = re.compile(r"(?:이에요|예요|에요|입니다|이라고 ?(?:합니다|해요)|라고 ?(?:합니다|해요))[\s.!~]*$")
NOTHING_WRONG = re.compile(r"(?:고칠|틀린|수정할|바꿀|정정할|잘못된|잘못 적은)\s?\S{0,4}\s?없")
LEFT_OUT = re.compile(r"빼고|빼 ?(?:주|줘|줄)|지워|지우|삭제|없애|비워|익명|비공개|비밀로")
WAIT = re.compile(r"그런데|근데|하지만|잠깐|잠시|아직|나중|말고|아니라")
SEND = re.compile(
    r"(?:접수|제출|신고|진행|전송)\s?(?:해 ?(?:주세요|줘요?|주십시오|주시면)|할게요|하겠습니다|부탁\S*)|보내 ?(?:주세요|줘요?)"
)


def replaces(text: str) -> bool:
    """Return whether a text puts one thing in the place of another ("부장이 아니라 과장이에요")."""
    return bool(REPLACING.search(plain(text)))


def states(text: str) -> bool:
    """Return whether a text says what something is ("이름은 김예시예요"), and is no wish and no question."""
    return bool(STATED.search(plain(text)))


def read_sending(text: str) -> bool | None:
    """Return whether a text sends the report (True) or finds something wrong in it (False); None for anything vague."""
    said = bare(text)
    if NOTHING_WRONG.search(said):
        return True
    if is_question(said) or WAIT.search(said) or LEFT_OUT.search(said):
        return None
    answer = read_yes_no(said)
    return True if answer is None and SEND.search(said) else answer


def asks_about_report(text: str) -> str | None:
    """Return what a question about the report itself is about: answer (when it comes), secrecy; or None."""
    said = plain(text)
    if not is_question(said):
        return None
    if re.search(r"(?:언제|며칠|얼마나|몇 ?시).{0,10}(?:연락|답|전화|회신|걸려|걸리|처리)", said):
        return "answer"
    if re.search(r"비공개|비밀|공개되|공개돼|누가 ?(?:봐|보나|보는|볼)|새어|안전한|보호되|보호돼|알려지", said):
        return "secrecy"
    return None


def corrected_value(text: str, field: str) -> str:
    """Return what remains of "이름은 김예시로 고쳐 주세요" once the field's name and the wish are taken away; may be empty."""
    said = plain(text)
    parts = INSTEAD.split(said)
    said = parts[-1] if len(parts) > 1 and parts[-1].strip() else said
    for word in FIELD_WORDS[field]:
        said = re.sub(
            rf"(?:제|저희|우리|내)?\s*{re.escape(word)}(?:을|를|은|는|이|가|도|만|:)?(?=\s|$|[^가-힣])", " ", said
        )
    said = re.sub(r"(?:다시|좀|그냥|관련|아까|위에|제가|저기|앞에서?|적은|말한|쓴|거|건|부분|항목)(?=\s)", " ", said)
    said = re.sub(
        r"(?:으로|로)?\s*(?:수정|정정|고쳐|고칠|고치|바꿔|바꿀|바꾸|변경)\S*(?:\s*(?:주세요|줘요?|싶어요|싶습니다|할게요|할래요|부탁\S*))*",
        " ",
        said,
    )
    said = re.sub(
        r"(?:을|를)?\s*(?:잘못|틀렸|틀린|틀려|오타)\s*\S*(?:\s*(?:것 같아요|거 같아요|했어요|네요))*", " ", said
    )
    return NAME_AFTER.sub("", plain(said)).strip(" ,.:~")
