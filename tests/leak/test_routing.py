"""Who must hear of a leak, and in which words people say why."""

import itertools
from pathlib import Path

import pytest

from bot.errors import KnowledgeError
from bot.knowledge import load_default
from bot.routing import default_routing, load_routing

ROUTING = default_routing()
CENTRE, POLICE, FTC, KAITS = "02-368-8787", "182", "044-200-4010", "02-3489-7000"


@pytest.mark.parametrize(("subcontract", "core"), list(itertools.product([True, False, None], repeat=2)))
def test_each_fact_brings_its_contact_in_and_nobody_else(subcontract: bool | None, core: bool | None) -> None:
    phones = [contact.phone for contact in ROUTING.route({"subcontract": subcontract, "core_technology": core})]
    assert phones == [CENTRE, POLICE, *([FTC] if subcontract else []), *([KAITS] if core else [])]


def test_only_a_core_technology_has_to_be_reported_at_once() -> None:
    assert [contact.id for contact in ROUTING.contacts if contact.at_once] == ["industrial_technology_association"]


@pytest.mark.parametrize(
    ("text", "subcontract", "core"),
    [
        ("원청이 도면을 달라고 해요", True, None),
        ("저희는 수급사업자인데 기술자료를 유용당했어요", True, None),
        ("원사업자가 서면도 없이 자료를 내놓으라고 했어요", True, None),
        ("납품하던 대기업에서 공정도를 달라 해서 줬어요", True, None),
        ("발주처가 우리 설계를 다른 업체에 넘겼어요", True, None),
        ("원청은 아니고 경쟁사예요", False, None),
        ("하도급 준 업체가 빼돌렸어요", None, None),
        ("하청업체 직원이 사진을 찍어 갔어요", None, None),
        ("대기업에 다니는 친구가 알려 줬어요", None, None),
        ("국가핵심기술입니다", None, True),
        ("국가 핵심기술을 가지고 있어요", None, True),
        ("산업기술로 확인받았습니다", None, True),
        ("산업기술에 해당해요", None, True),
        ("국가핵심기술은 아니에요", None, False),
        ("국가핵심기술인지 모르겠어요", None, None),
        ("산업기술유출 신고하려고요", None, None),
        ("산업기술보호협회에 전화했어요", None, None),
        ("어제 영업부장이 배합표를 가져갔어요", None, None),
    ],
)
def test_facts_are_heard_in_the_words_of_a_story(text: str, subcontract: bool | None, core: bool | None) -> None:
    assert (ROUTING.told("subcontract", text), ROUTING.told("core_technology", text)) == (subcontract, core)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("contacts: {}\nfacts: {}\n", "contacts: missing."),
        ("contacts:\n  a: {program: nothing, use: 문의, when: always}\nfacts: {}\n", "'nothing' is not known."),
        (
            "contacts:\n  a: {program: police_investigation, use: 놀이, when: always}\nfacts: {}\n",
            "'놀이' is not known.",
        ),
        (
            "contacts:\n  a: {program: police_investigation, use: 문의, when: never}\nfacts: {}\n",
            "'never' is not known.",
        ),
        ("contacts:\n  a: {phone: '182'}\nfacts: {}\n", "is not a contact."),
        ("contacts: {}\nfacts:\n  x: {alone: 원청}\n", "is not a list of words."),
        ("contacts: [", "cannot be read."),
    ],
)
def test_bad_data_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "leak_routing.yml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match="leak_routing") as raised:
        load_routing(load_default(), tmp_path)
    assert problem in str(raised.value)
