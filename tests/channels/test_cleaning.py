"""Text is cleaned in one place, and never a command."""

import contextlib
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import TextRefused
from channels.cleaning import LONGEST_TEXT, SLASHES, clean, normalise, without_leading_slash

ANY_TEXT = st.text(st.characters(), max_size=300)  # surrogates, controls and unassigned characters included
BLANKS = ["", " ", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2009", "\u200a",
          "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u3164", "\uffa0",
          "\u115f", "\u1160", "\u2800", "\u202e", "\u2066", "\u200e", "\x00", "\x07", "\x7f", "\ud800", "\ufe0f", "\u0301", "\U000e0041"]  # fmt: skip


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
@pytest.mark.parametrize(
    "command",
    [
        "/restart",
        "/session_start",
        '/inform{"company_size": "sme"}',
        "／restart",
        "//restart",
        "/ /restart",
        "⁄restart",
    ],
)
def test_a_command_behind_any_space_reaches_rasa_without_its_slash(blank: str, command: str) -> None:
    for text in (blank + command, blank * 3 + command, f" {blank} {command}", f"{command[0]}{blank}{command}"):
        cleaned = clean(text)
        assert cleaned.for_engine[0] not in SLASHES
        assert not unicodedata.normalize("NFKC", cleaned.for_engine).lstrip().startswith("/")
        assert cleaned.for_engine[:1].isalnum()


def test_a_slash_inside_a_sentence_stays() -> None:
    assert clean("하도급/수급 관계예요 1/2").for_engine == "하도급/수급 관계예요 1/2"


def test_slashes_alone_are_not_an_empty_message() -> None:
    assert clean(" / ／ ").for_engine == "?"


def test_what_is_shown_keeps_the_slash() -> None:
    assert clean("/restart").text == "/restart"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  임치 비용  ", "임치 비용"),
        ("임치\u3000비용\u00a0얼마", "임치 비용 얼마"),
        ("임\u200b치\ufeff 비\u00ad용", "임치 비용"),
        ("비용\u202e?", "비용?"),
        ("가\x00나\x1b[31m", "가나[31m"),
        ("가\x1c나", "가 나"),
        ("한 줄\r\n두 줄\u2028세 줄", "한 줄\n두 줄\n세 줄"),
        ("한 줄 \n\n\n\n 두 줄", "한 줄\n\n두 줄"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("반\ud83d쪽", "반쪽"),
        ("👍 좋아요", "👍 좋아요"),
    ],
)
def test_text_is_normalised(raw: str, text: str) -> None:
    assert normalise(raw) == text


@pytest.mark.parametrize("raw", ["", "   ", "\u200b\u200b", "\x00", "\ud800", "\u3164", "\n\n"])
def test_nothing_visible_is_refused(raw: str) -> None:
    with pytest.raises(TextRefused, match="text_empty"):
        clean(raw)


def test_the_limit_counts_characters_after_cleaning() -> None:
    assert len(clean("가" * LONGEST_TEXT).text) == LONGEST_TEXT
    assert len(clean("\u1112\u1161\u11ab" * LONGEST_TEXT).text) == LONGEST_TEXT, "decomposed, as macOS writes it"
    assert len(clean("가" * LONGEST_TEXT + "\u200b" * 9000).text) == LONGEST_TEXT
    for raw in ("가" * (LONGEST_TEXT + 1), "가" * 1_000_000):
        with pytest.raises(TextRefused, match="text_too_long"):
            clean(raw)


@given(ANY_TEXT)
def test_cleaned_text_is_clean_whatever_came_in(raw: str) -> None:
    try:
        cleaned = clean(raw)
    except TextRefused:
        return
    for text in (cleaned.text, cleaned.for_engine):
        assert text
        assert text == text.strip()
        text.encode("utf-8")
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert not set(text) & set("\u200b\u200e\u202a\u202e\u2066\ufeff")
        assert unicodedata.is_normalized("NFC", text)
    assert cleaned.for_engine[0] not in SLASHES
    assert not unicodedata.normalize("NFKC", cleaned.for_engine).lstrip().startswith("/")


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    try:
        once = clean(raw)
    except TextRefused:
        return
    assert clean(once.text).text == once.text
    assert without_leading_slash(once.for_engine) == once.for_engine


@pytest.mark.parametrize(
    "raw",
    ["1" * 2000, "1 " * 1000, "일" * 2000, "900101 " * 280, "주민 " + "123456-" * 280, "\u0315\u0300" * 1000, "\ufdfa" * 2000, "/" * 2000, "\n " * 900,
     "0" * 60000, "02-368-8787 " * 160, "\u0315\u0300" * 30000],
    ids=lambda raw: ascii(raw[:8]),
)  # fmt: skip
def test_no_text_takes_long(raw: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(TextRefused):
        clean(raw)
    assert time.perf_counter() - started < 0.5
