"""One spelling for many ways of typing. Runs in the engine environment."""

import pytest

from bot.engine.reading import compact, from_english_keyboard, jamo, last_sentence, normalise, without_courtesies


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rltnf dlacl", "기술 임치"),
        ("qhdksrhkswp 무료?", "보안관제 무료"),
        ("ＤＬＰ　가 뭐예요？？", "dlp 가 뭐예요"),
        ("임치 비용은요ㅠㅠㅠㅠㅠ", "임치 비용은요ㅠㅠ"),
        ("임치 🙏 비용!!", "임치 비용"),
    ],
)
def test_many_ways_of_typing_give_one_spelling(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@pytest.mark.parametrize("english", ["What is technology escrow?", "escrow fee", "please help me", "NDA"])
def test_english_stays_english(english: str) -> None:
    assert from_english_keyboard(english, frozenset({"escrow", "nda", "technology", "fee"})) == english


def test_decomposed_hangul_is_the_same_text() -> None:
    import unicodedata

    assert normalise(unicodedata.normalize("NFD", "기술임치 수수료")) == "기술임치 수수료"


def test_a_wrong_vowel_is_one_wrong_letter() -> None:
    right, wrong = jamo("임치"), jamo("임취")
    assert len(right) == len(wrong)
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1


def test_a_story_asks_at_its_end() -> None:
    assert last_sentence("직원이 나갔어요. 불안합니다. 임치 비용이 얼마예요?") == "임치 비용이 얼마예요?"
    assert last_sentence("임치 비용이 얼마예요?") == "임치 비용이 얼마예요?"
    assert compact("임치 비용") == "임치비용"


@pytest.mark.parametrize(
    ("said", "core"),
    [
        ("안녕하세요 임치 비용 알려주세요", "임치 비용 알려주세요"),
        ("임치 비용 얼마예요? 감사합니다", "임치 비용 얼마예요?"),
        ("수고하십니다. 임치 얼마에요.수고하세요~", "임치 얼마에요."),
        ("알겠습니다 감사합니다", "알겠습니다 감사합니다"),
        ("안녕하세요", "안녕하세요"),
        ("하이닉스 협력사인데요", "하이닉스 협력사인데요"),
        ("히든챔피언도 되나요", "히든챔피언도 되나요"),
    ],
)
def test_courtesies_are_no_part_of_a_question(said: str, core: str) -> None:
    assert without_courtesies(said) == core


def test_what_is_said_after_the_question_is_not_the_question() -> None:
    assert last_sentence("임치 비용이 얼마예요? 처음이라 잘 몰라서요.") == "임치 비용이 얼마예요?"
