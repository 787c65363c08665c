"""Receipt numbers and PINs, as they are made, typed and masked."""

import pytest

from bot.tickets.receipts import (
    NO_PIN,
    NUMBER,
    hash_pin,
    is_pin,
    make_number,
    make_pin,
    read_number,
    read_pin,
)
from channels.personal_numbers import mask


def test_number_and_pin_typed_together_are_never_taken_for_a_personal_number() -> None:
    for _ in range(3000):
        text = f"{make_number()} {make_pin()}"
        assert mask(text) == (text, ())
        assert mask(text.replace("-", "")) == (text.replace("-", ""), ())


@pytest.mark.parametrize(
    ("text", "number", "pin"),
    [
        ("KM-482913 123456", "KM-482913", "123456"),
        ("km482913 pin 123456", "KM-482913", "123456"),
        ("접수번호 KM 482913이고 PIN은 123456입니다", "KM-482913", "123456"),
        ("123456", None, "123456"),
        ("KM-482913", "KM-482913", None),
        ("제 신고 어떻게 됐어요", None, None),
        ("010-1234-5678", None, None),
        ("12345", None, None),
        ("1234567", None, None),
    ],
)
def test_reading(text: str, number: str | None, pin: str | None) -> None:
    assert (read_number(text), read_pin(text)) == (number, pin)


def test_a_pin_is_hashed_and_only_itself_fits() -> None:
    stored = hash_pin("482913")
    assert stored.startswith("$argon2id$")
    assert is_pin("482913", stored)
    assert not is_pin("482914", stored)
    assert not is_pin("482913", NO_PIN)


def test_numbers_have_one_form() -> None:
    assert all(NUMBER.fullmatch(make_number()) for _ in range(1000))
