"""Names of programs are found however they are spaced or misspelt, and not inside other words."""

import pytest

from bot import knowledge
from bot.engine.decision import bare_name, carries_topic, meant, trusted, without_names
from bot.engine.linker import Linker, names
from bot.engine.reading import compact
from bot.engine.tokenizer import morphemes, read


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker(names(knowledge.load_default()))


def found(linker: Linker, text: str) -> list[str]:
    plain = read(text)
    return meant(linker.find(plain, morphemes(plain)), compact(plain), "program")


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("기술임치수수료얼마예요", ["technology_escrow"]),
        ("기술 자료 임치 제도", ["technology_escrow"]),
        ("escrow 비용", ["technology_escrow"]),
        ("원본증몀 얼마", ["trade_secret_certification"]),
        ("보안관재 공짜임?", ["guard_service"]),
        ("보안닥터 신청", ["national_core_technology"]),
        ("임치 말고 원본증명은?", ["trade_secret_certification"]),
        ("임치랑 원본증명 차이", ["technology_escrow", "trade_secret_certification"]),
        ("책임치고는 이상해요", []),
        ("오늘 날씨 어때요", []),
    ],
)
def test_names_are_found_as_people_write_them(linker: Linker, text: str, programs: list[str]) -> None:
    assert found(linker, text) == programs


def test_every_name_of_the_knowledge_leads_to_its_program(linker: Linker) -> None:
    missed = [
        (program.id, name)
        for program in knowledge.load_default().programs
        for name in program.names
        if program.id not in found(linker, name)
    ]
    assert not missed


def test_a_misspelt_name_counts_only_when_the_sentence_bears_it_out() -> None:
    mention = {"kind": "program", "id": "industrial_technology", "at": 0, "end": 7, "misspelt": True}
    assert trusted([mention], [{"name": "technology_escrow", "confidence": 0.9}]) == []
    assert trusted([mention], [{"name": "industrial_technology", "confidence": 0.6}]) == [mention]


def test_a_bare_name_is_told_from_a_question(linker: Linker) -> None:
    for text, bare, carries in [("임치", True, False), ("그럼 임치는?", True, True), ("임치 비용", False, False)]:
        plain = read(text)
        own = without_names(compact(plain), linker.find(plain, morphemes(plain)))
        assert bare_name(own) is bare, text
        if bare:
            assert carries_topic(own) is carries, text
