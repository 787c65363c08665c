"""Reading answers: consent, yes and no, wishes, contact details, what a story tells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import leak_reading as reading


@pytest.mark.parametrize(
    "text",
    [
        "네, 동의합니다",
        "동의",
        "네",
        "넵",
        "예",
        "ㅇㅇ",
        "ㅇㅋ",
        "좋아요",
        "네네",
        "네 알겠습니다 동의할게요",
        "네, 동의해요",
        "동의해요!",
        "YES",
    ],
)
def test_a_clear_yes_is_consent(text: str) -> None:
    assert reading.read_consent(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "동의 안 해요",
        "아니요",
        "아니오",
        "싫어요",
        "싫은데요",
        "ㄴㄴ",
        "동의하지 않아요",
        "동의 못 하겠습니다",
        "거부할게요",
        "안 할래요",
        "아니요, 개인정보는 안 줄래요",
        "비동의",
        "동의하고 싶지 않네요",
    ],
)
def test_a_clear_no_is_a_refusal(text: str) -> None:
    assert reading.read_consent(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "음…",
        "글쎄요",
        "모르겠어요",
        "동의하면 어디에 쓰여요?",
        "동의해야 하나요",
        "동의합니다만",
        "네 근데 왜요",
        "생각해볼게요",
        "아마요",
        "나중에요",
        "동의 안 하면 어떻게 돼요?",
        "퇴사한 과장이 도면을 가져갔어요",
        "임치가 뭐예요",
        "음 네",
        "",
    ],
)
def test_consent_is_never_inferred_from_anything_else(text: str) -> None:
    assert reading.read_consent(text) is None


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    reading.read_consent(text)
    reading.read_yes_no(text)
    reading.command(text)
    reading.read_phone(text)
    reading.read_email(text)
    reading.read_name(text)
    reading.tells_incident(text)
    reading.suspects_in(text)
    for field in reading.FIELD_WORDS:
        reading.corrected_value(text, field)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("네", True),
        ("해당돼요", True),
        ("맞습니다", True),
        ("네 원청이에요", True),
        ("아니요", False),
        ("아닌 것 같아요", False),
        ("없어요", False),
        ("모르겠어요", None),
        ("그게 뭐예요?", None),
        ("확인해 봐야 알아요", None),
    ],
)
def test_yes_and_no_to_a_fact(text: str, answer: bool | None) -> None:
    assert reading.read_yes_no(text) is answer


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("그만할래요", "stop"), ("취소해 주세요", "stop"), ("신고 안 할래요", "stop"), ("접수 그만할게요", "stop"),
        ("상담원 연결해 주세요", "person"), ("사람이랑 얘기할래요", "person"), ("담당자 바꿔주세요", "person"), ("상담원", "person"),
        ("뒤로", "back"), ("이전 질문으로 돌아가 주세요", "back"), ("처음부터 다시 할래요", "over"),
        ("왜 물어보세요?", "why"), ("이거 꼭 적어야 되나요", "why"), ("어디에 쓰는 거예요", "why"),
        ("건너뛸게요", "skip"), ("패스", "skip"), ("적고 싶지 않아요", "skip"), ("익명으로 할게요", "skip"),
        ("모르겠어요", "dont_know"), ("기억이 안 나요", "dont_know"), ("아직 파악이 안 됐습니다", "dont_know"),
    ],
)  # fmt: skip
def test_wishes(text: str, wish: str) -> None:
    assert reading.command(text) == wish


@pytest.mark.parametrize(
    "text",
    [
        "지난주 금요일 저녁쯤",
        "전 설계팀장",
        "메일 서버 기록",
        "김예시",
        "010-0000-2222",
        "그만둔 과장이요",
        "경쟁사로 넘어갔어요",
        "저희 담당자가 직원이랑 통화했어요",
        "취소된 계약서",
        "다음 날 알았어요",
        "도면을 빼고 보냈어요",
        "생산 담당자",
        "외부 사람",
    ],
)
def test_answers_are_no_wishes(text: str) -> None:
    assert reading.command(text) is None


@pytest.mark.parametrize(
    "text",
    ["임치 수수료가 얼마예요?", "기술지킴서비스는 뭐예요", "어디에 신고하나요", "이거 무료인가요", "비용 알려주세요"],
)
def test_questions_by_form(text: str) -> None:
    assert reading.is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "지난주 금요일 저녁쯤",
        "전 설계팀장",
        "메일 서버 기록",
        "도면을 가져갔어요",
        "김예시요",
        "010-1234-5678",
        "없어요",
    ],
)
def test_answers_are_no_questions(text: str) -> None:
    assert not reading.is_question(text)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("010-0000-2222", "010-0000-2222"), ("01012345678", "010-1234-5678"), ("010 1234 5678이에요", "010-1234-5678"),
        ("+82 10-1234-5678", "010-1234-5678"), ("02-368-8787", "02-368-8787"), ("제 번호는 0312345678입니다", "031-234-5678"),
        ("공일공 일이삼사 오육칠팔", "010-1234-5678"), ("+1 415 555 2671", "+1 415-555-2671"),
    ],
)  # fmt: skip
def test_phones(text: str, phone: str) -> None:
    found = reading.read_phone(text)
    assert found is not None
    assert found.value == phone


@pytest.mark.parametrize("text", ["010-12-34", "123", "010-1234-56789", "9999999999"])
def test_impossible_phones(text: str) -> None:
    found = reading.read_phone(text)
    assert found is not None
    assert found.value is None


def test_no_phone_is_no_phone() -> None:
    assert reading.read_phone("전화 안 받을래요") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sample@example.com", "sample@example.com"),
        ("메일은 kim@example.co.kr이에요", "kim@example.co.kr"),
        ("a@b", None),
        ("김예시@", "none"),
    ],
)
def test_mail_addresses(text: str, address: str | None) -> None:
    found = reading.read_email(text)
    assert (found.value if found else "none") == address


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("김예시", "김예시"), ("김예시입니다", "김예시"), ("저는 김예시예요", "김예시"), ("제 이름은 박예시라고 해요", "박예시"),
        ("저는 김예시이고 010-1234-5678 이에요", "김예시"), ("김예시 010-1234-5678 kim@example.com", "김예시"), ("박준고요", "박준"),
        ("고요", "고요"), ("Kim Minsu", "Kim Minsu"), ("(주)예시정밀이에요", "(주)예시정밀"), ("010-1234-5678", None), ("...", None),
    ],
)  # fmt: skip
def test_names(text: str, name: str | None) -> None:
    assert reading.read_name(text) == name


@pytest.mark.parametrize(
    ("text", "suspect", "technology", "evidence"),
    [
        ("어제 영업부장이 고객 목록이랑 배합표를 개인 메일로 보낸 걸 찾았어요", "영업부장", "고객 목록, 배합표", None),
        (
            "퇴사한 설계팀 과장이 도면을 USB에 담아 갔어요. 접속 로그가 남아 있어요",
            "퇴사한 설계팀 과장",
            "도면",
            "접속 로그",
        ),
        ("유지보수 업체 직원이 캐드 파일을 복사했어요", "유지보수 업체 직원", "캐드 파일", None),
        ("금형 기사가 치수를 빼 갔어요", "금형 기사", None, None),
        ("원청이 소스코드를 다른 업체에 넘겼어요", "원청", "소스코드", None),
        ("서버가 해킹당했어요", None, None, None),
        ("카톡 캡처를 확보했어요", None, None, "카톡 캡처"),
        ("사진을 찍어 보냈대요", None, None, None),
    ],
)
def test_what_a_story_tells(text: str, suspect: str | None, technology: str | None, evidence: str | None) -> None:
    assert reading.suspects_in(text) == suspect
    assert reading.technologies_in(text) == technology
    assert reading.evidence_in(text) == evidence


@pytest.mark.parametrize(
    "text",
    [
        "신고할래요",
        "기술유출 신고 접수하고 싶어요",
        "유출 신고",
        "도와주세요",
        "신고하려고요",
        "/report_leak",
        "산업기술유출 신고",
        "피해 신고를 하고자 합니다",
    ],
)
def test_a_wish_to_report_tells_nothing_yet(text: str) -> None:
    assert not reading.tells_incident(text)


@pytest.mark.parametrize(
    "text",
    [
        "도면 유출 신고합니다. 퇴사한 과장이 가져갔어요",
        "서버가 해킹당해서 소스코드가 유출됐어요",
        "우리 기술을 뺏겼습니다",
        "퇴사한 직원이 도면을 다 담아 갔어요",
    ],
)
def test_an_incident_is_told(text: str) -> None:
    assert reading.tells_incident(text)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("이름은 김예시로 고쳐 주세요", "reporter_name", "김예시"),
        ("날짜 틀렸어요 지난주 목요일이에요", "incident_date", "지난주 목요일"),
        ("전화번호 010-1111-2222로 바꿔주세요", "reporter_phone", "010-1111-2222"),
        ("이름 잘못 적었어요", "reporter_name", ""),
        ("부장이 아니라 과장이에요 의심되는 사람", "suspect", "과장"),
        ("날짜 수정할게요", "incident_date", ""),
        ("국가핵심기술·산업기술 고칠게요", "concerns_core_technology", "·"),
        ("의심 대상 고칠게요", "suspect", ""),
    ],
)
def test_corrections(text: str, field: str, value: str) -> None:
    assert reading.field_named(text) == field
    assert reading.corrected_value(text, field) in (value, "")
