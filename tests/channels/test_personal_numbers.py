"""Numbers that must not be kept are hidden; phone numbers stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.cleaning import clean
from channels.personal_numbers import ACCOUNT, CARD, LICENCE, PASSPORT, RESIDENT, mask

HANGUL = "공일이삼사오육칠팔구"
FULL_WIDTH = "０１２３４５６７８９"


@pytest.mark.parametrize(
    "text",
    [
        "900101-1234567",
        "9001011234567",
        "900101 1234567",
        "900101 - 1234567",
        "900101–1234567",
        "900101.1234567",
        "900101\n1234567",
        "9 0 0 1 0 1 - 1 2 3 4 5 6 7",
        "900 101 123 4567",
        "90.01.01-1234567",
        "90/01/01 1234567",
        "９００１０１－１２３４５６７",
        "９００１０１ 1234567",
        "구공공일공일-일이삼사오육칠",
        "구공공일공일 다시 일이삼사오육칠",
        "구 공 공 일 공 일 일 이 삼 사 오 육 칠",
        "공일공일공일삼일이삼사오육",
        "900101에 1234567 주민번호",
        "앞자리 900101 뒷자리 1234567",
        "①②⑩ 900101-1234567",
        "010203-3123456",
        "880229-5678901",
        "9001\u200b01-12\u200b34567",
    ],
)
@pytest.mark.parametrize(
    "frame", ["{}", "제 주민번호는 {}이에요", "{}입니다. 연락처는 010-1234-5678이요", "이름 김철수, {}, 서울"]
)
def test_a_resident_registration_number_is_hidden(text: str, frame: str) -> None:
    cleaned = clean(frame.format(text))
    assert RESIDENT in cleaned.hidden
    for kept in (cleaned.text, cleaned.for_engine):
        assert "[주민등록번호 가림]" in kept
        assert not any(rest in kept for rest in ("1234567", "234567", "이삼사오육칠", "３４５６", "3123456", "5678901"))
    if "010-1234-5678" in frame:
        assert "010-1234-5678" in cleaned.text


@pytest.mark.parametrize(
    "text",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "０１０-１２３４-５６７８",
        "공일공 일이삼사 오육칠팔",
        "공일공일이삼사오육칠팔이에요",
        "+82 10-1234-5678",
        "+82 010 1234 5678",
        "82-10-1234-5678",
        "02-368-8787",
        "02)368-8787 / 02-368-8484",
        "02-368-8787 02-368-8484 02-3489-7000",
        "042-388-0758~60",
        "044-200-4010, 내선 12",
        "010-1234-5678 010-8765-4321",
        "010 1234 5678, 내선 12",
        "1588-1234 1577-0000",
        "0505-123-4567",
        "계좌 말고 전화로 주세요 010-1234-5678",
        "2025-03-14 15:30 에 나갔어요",
        "2025년 3월 14일, 직원 120명, 매출 1,234,567,890,123원",
        "사업자등록번호 123-45-67890",
        "이사한 일이 이일 삼일이었어요 구월 오일 사일 이일 공사",
        "특허 10-2023-0123456호",
        "도면 A1234567 3장, 모델 XR-2000",
        "법인등록번호 110111-1234567",
    ],
)
def test_phones_dates_amounts_and_file_numbers_stay(text: str) -> None:
    assert mask(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("카드 4111-1111-1111-1111", CARD),
        ("4111 1111 1111 1111이에요", CARD),
        ("４１１１１１１１１１１１１１１１", CARD),
        ("3782-822463-10005", CARD),
        ("국민은행 123456-78-901234", ACCOUNT),
        ("110-123-456789", ACCOUNT),
        ("3333-01-1234567 카카오", ACCOUNT),
        ("계좌는 1002 123 456789", ACCOUNT),
        ("입금 12345678901234", ACCOUNT),
        ("여권 M12345678", PASSPORT),
        ("M123A4567", PASSPORT),
        ("여권번호 m12345678", PASSPORT),
        ("면허 11-12-345678-90", LICENCE),
        ("서울 12-345678-90", LICENCE),
        ("운전면허번호 111234567890", LICENCE),
    ],
)
def test_other_numbers_are_hidden(text: str, kind: str) -> None:
    masked, kinds = mask(text)
    assert kinds == (kind,)
    assert sum(char.isdigit() for char in masked) <= 2


def test_a_number_that_is_no_card_by_its_check_digit_stays() -> None:
    assert mask("일련번호 4111-1111-1111-1112")[1] == ()


def test_several_kinds_are_named_once_each() -> None:
    masked, kinds = mask("900101-1234567, 910202-2345678, 4111-1111-1111-1111, 010-1234-5678")
    assert kinds == (RESIDENT, CARD)
    assert masked.count("[주민등록번호 가림]") == 2
    assert "010-1234-5678" in masked


digits = st.lists(st.integers(0, 9), min_size=6, max_size=6)
separators = st.sampled_from(["", "-", " ", " - ", "–", ".", "\u3000", "\u200b", "　－　", "\n"])


@given(
    st.integers(0, 99), st.integers(1, 12), st.integers(1, 28), st.integers(1, 8), digits, separators,
    st.sampled_from(["0123456789", FULL_WIDTH, HANGUL]), st.sampled_from(["{}", "주민번호 {}", "번호는 {} 입니다", "{}예요"]),
)  # fmt: skip
def test_any_number_of_this_kind_is_hidden(
    year: int, month: int, day: int, seventh: int, rest: list[int], separator: str, numerals: str, frame: str
) -> None:
    number = [int(digit) for digit in f"{year:02}{month:02}{day:02}{seventh}"] + rest
    written = [numerals[digit] for digit in number]
    text = frame.format("".join(written[:6]) + separator + "".join(written[6:]))
    cleaned = clean(text)
    assert RESIDENT in cleaned.hidden
    assert "".join(written[7:]) not in cleaned.text


area = st.sampled_from(["010", "011", "02", "031", "042", "044", "051", "064", "070"])


@given(
    st.lists(st.tuples(area, st.integers(200, 9999), st.integers(0, 9999)), min_size=1, max_size=3),
    st.sampled_from(["-", " ", ".", ""]),
)
def test_any_phone_number_stays(numbers: list[tuple[str, int, int]], separator: str) -> None:
    text = ", ".join(separator.join((code, str(middle), f"{last:04}")) for code, middle, last in numbers)
    assert mask(text) == (text, ())
