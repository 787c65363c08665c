"""Messages that speak of several things are cut where one ends."""

import pytest

from bot.engine.clauses import beside, instead, paired, questions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("방지시스템 돈 드나요? 제외되는 업종은요?", ["방지시스템 돈 드나요?", "제외되는 업종은요?"]),
        ("이건 어디에 신고하고, 과징금은 얼마까지 나와요?", ["이건 어디에 신고하고,", "과징금은 얼마까지 나와요?"]),
        ("임치 비용이랑 신청방법 알려주세요", ["임치 비용이랑", "신청방법 알려주세요"]),
        ("임치 비용이 얼마예요?", []),
        ("직원이 나갔어요. 불안합니다. 임치 비용이 얼마예요?", []),
        ("보안이 걱정인데 무료 진단 되나요", []),
    ],
)
def test_each_question_stands_for_itself(text: str, found: list[str]) -> None:
    assert questions(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("임치랑 원본증명 차이", ["임치", "원본증명 차이"]),
        ("공정위 신고 번호, 경찰청 번호", ["공정위 신고 번호", "경찰청 번호"]),
        (
            "서버를 지켜봐 주는 것과 CCTV를 달아 주는 것, 각각 어디예요?",
            ["서버를 지켜봐 주는 것", "CCTV를 달아 주는 것", "각각 어디예요?"],
        ),
        ("친구랑 회사를 차렸어요", []),
    ],
)
def test_what_stands_beside_each_other_is_cut_apart(text: str, found: list[str]) -> None:
    assert beside(text) == found


def test_only_some_words_say_that_there_are_two() -> None:
    assert paired("둘 다 무료예요?")
    assert not paired("임치 비용이 얼마예요?")


@pytest.mark.parametrize(
    "text", ["국가핵심기술 지원 홈페이지 주소 알려주세요", "신고 번호가 몇 번이에요?", "얼마까지 지원돼요?"]
)
def test_a_word_that_only_ends_like_a_joint_is_not_cut(text: str) -> None:
    assert questions(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("시스템말고 교육이요", ["교육이요"]),
        ("아 국가핵심기술이 아니고요, 산업기술보호요", ["산업기술보호요"]),
        ("그건 말고", []),
        ("말고도 뭐가 있어요?", []),
        ("교육은 누가 받아요?", []),
    ],
)
def test_what_is_meant_stands_behind_what_is_not(text: str, found: list[str]) -> None:
    assert instead(text) == found
