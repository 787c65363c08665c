"""What the trained model answers: in talks of several turns, to several questions at once, and beside courtesies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from bot.answers import Question
from bot.engine.nlg import KnowledgeGenerator

Ask = Callable[..., str]
QUESTIONS = [json.loads(line) for line in Path("tests/nlu/facts.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("turns", "holds"),
    [
        (
            ("임치 수수료가 얼마예요?", "영업비밀 교육은 무료예요?", "처음에 물어본 거 홈페이지가 어디죠?"),
            "kescrow.or.kr",
        ),
        (("지킴서비스 무료 맞지?", "원본증명은 유료지?", "그럼 아까 무료라던 거 문의 번호 줘"), "02-3489-7050"),
        (("임치 얼마예요", "기정원 연락처", "신청은 어디서 해요"), "ultari.go.kr"),
        (("임치랑 원본증명 비용 비교해줘", "둘 다 어디서 신청해요?"), "tradesecret.or.kr"),
        (("산업부 사업 신청 사이트 알려줘", "국가핵심기술보호 지원서비스입니다"), "ncoretech.or.kr"),
        (("경찰청 수사는 어떤 사건을 보나요?", "전화는요?"), "182"),
        (("원본증명이 뭐야?", "공짜야?"), "유료"),
        (("임치랑 원본증명 차이가 뭐예요?", "앞에 거 비용이 얼마예요?"), "30만원"),
        (("지킴서비스랑 방지시스템 비교해줘", "두 번째 것은 몇 프로 지원해요?"), "50%"),
        (("특허청에서 하는 사업 뭐 있어요?", "그중에 돈 받는 게 뭐예요?"), "원본증명"),
        (("유출방지시스템 구축비 얼마까지 나와요?", "그럼 중견도 돼?"), "중견기업은 신청할 수 없어요"),
        (
            ("전문가 상담자문 중견기업 가능한가요", "기술지킴서비스는?", "유출방지시스템도?"),
            "중견기업은 신청할 수 없어요",
        ),
        (
            ("기술분쟁 조정 알려줘", "경찰청 기술유출 수사는 번호 뭐야", "조정 쪽은 신청 어떻게 한다고 했지?"),
            "중소기업 기술분쟁 조정",
        ),
        (
            ("하도급법에서 기술자료 요구하면 안 된다면서요", "과징금이 얼마예요?", "신고는 몇 번으로 해요?"),
            "044-200-4010",
        ),
        (("산업부 사업 언제 신청해요?", "동반성장 프로그램이요"), "사업공고 시부터"),
        (("기술분쟁 조정 신청하려고 합니다", "저희 중견인데 되나요"), "상호출자제한기업집단"),
        (("기술보호 전문가 자문 신청하고 싶은데", "저희가 유흥주점 업종인데 가능할까요?"), "유흥"),
        (("임치 신청 사이트 알려주세요", "아 잘못 말했네요 영업비밀 교육이요"), "tradesecret.or.kr"),
        (("원본증명 비용 있어?", "아니 원본증명 말고 임치"), "30만원"),
        (("기술분쟁 중재 기간이요", "아니다 조정 기간"), "3개월"),
        (("영업비밀 관리시스템이 뭐예요", "원본증명하고 그거하고 둘 중에 무료인 게 어느 거예요?"), "무료"),
        (("기술임치 신규 비용 알려줘", "아니다 갱신 비용"), "15만원"),
        (("하도급법 기술자료 유용 금지가 뭔가요", "위반 신고는 어디로 하지요"), "044-200-4010"),
        (("저희 호텔인데 기술지킴서비스 알려주세요", "그래서 우리도 되나"), "신청할 수 없어요"),
        (("보안관제 신청하려고 합니다", "저희는 여관이에요. 가능합니까?"), "신청할 수 없어요"),
        (("보안닥터 신청하고 싶어요", "저희는 국가핵심기술이 없는데 받을 수 있을까요?"), "국가핵심기술 보유"),
        (("국가핵심기술 지원 신청 사이트요", "앗 국가핵심기술 아니고 산업기술 확인이요"), "kaits.or.kr"),
        (("동반성장 프로그램 신청 사이트 좀", "국가핵심기술 쪽은?"), "ncoretech.or.kr"),
        (
            ("임치하고 원본증명 중에 고민이에요", "원청이 기술을 내놓으라네요. 이럴 땐 어느 쪽이 나아요?"),
            "기술자료 임치제도",
        ),
        (("기술지킴서비스 알려주세요", "저희는 숙박업인데요"), "신청할 수 없어요"),
        (("유출방지시스템 지원금 얼마야", "우리 이노비즈 있는데"), "우선"),
        (("임치 좀 알려줘", "전화"), "02-368-8787"),
        (("원본증명 요금 있나요", "영업비밀 관리시스템이랑 비교하면요? 둘다 돈 내요?"), "무료"),
        (("조정 얼마나 걸려요", "아 제가 잘못 썼네요 중재 기간이요"), "5개월"),
        (("임치랑 원본증명 비교해줘", "비용만 비교하면?"), "30만원"),
        (("지킴서비스랑 유출방지시스템 뭐가 달라요", "돈 안 드는 쪽은 뭐예요"), "무료"),
        (("보안관제 서비스", "기술임치", "처음꺼 전화번호"), "02-3489-7050"),
        (("영업비밀 관리시스템 알려줘요", "시스템 말고 교육은 누가 받아요?"), "학생"),
        (("원본증명 연락처 좀", "앗 아니다 경찰 수사 쪽이요"), "182"),
        (("영업비밀 교육 신청 사이트", "아 그거 말구 산업기술보호 지원 서비스 거요"), "kaits.or.kr"),
        (
            ("상담센터에서 뭘 상담해 주나요", "원본증명은 유료인가요", "다시 상담센터 얘긴데 토요일에 가도 돼요?"),
            "평일",
        ),
        (("하청인데 원청이 도면을 내놓으래요. 불법 아닌가요?", "신고는 몇 번으로 하면 될까요?"), "044-200-4010"),
        (("CCTV 다는 비용 얼마까지 대 줘요", "악성코드 잡아 주는 건 공짜예요?", "CCTV 그쪽 번호요"), "042-388-0758"),
        (("임치한 걸로 대출이 된다던데 등급이 뭐죠", "대출 말고 기술을 팔고 싶은 쪽은요"), "기술거래형"),
        (("조정이랑 중재가 있던데 뭐예요", "판결처럼 끝나면 좋겠는데 어느 쪽이에요"), "확정판결"),
        (("보안관제 돈 들어요?", "방화벽 있음"), "무상"),
        (
            ("원본증명이랑 영업비밀 관리시스템이 뭐가 달라요", "언제부터 갖고 있었는지 법정에서 보여 주려면 둘 중에"),
            "보유시점",
        ),
        (("영업비밀 원본증명 알려줘", "아 관리시스템에서 조회 말고 저장도 돼요?"), "다운로드"),
        (("임치 갱신료 알려줘요", "아니 새로 맡기는 거요"), "30만원"),
        (("조정은 몇 달 걸려요", "정정할게요. 중재예요."), "5개월"),
        (("원본증명 해 보려고요", "우리 도면은 전부 캐드인데.. 되나요?"), "CAD"),
        (("이상징후를 실시간으로 감시해 주는 서비스가 뭐죠", "소프트웨어는 우리가 사나요?"), "무상"),
        (("전문가 심화자문 며칠이에요", "원본증명은 유료예요?", "먼젓번 자문은 우리가 몇 프로 내요?"), "25%"),
    ],
)
def test_a_talk_keeps_and_changes_its_program_rightly(ask: Ask, turns: tuple[str, ...], holds: str) -> None:
    assert holds in ask(*turns)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("기술유출방지시스템 돈 드나요? 제외되는 업종은요?", ("50%", "유흥")),
        ("이런 부당한 기술자료 요구는 어디에 신고하고, 걸리면 과징금은 얼마까지 나오나요?", ("044-200-4010", "2배")),
        ("공정위 위반신고 번호, 경찰청 기술유출 번호", ("044-200-4010", "182")),
        (
            "국가핵심기슬 보호지원이랑 산업기술보호 지원서비스 홈패이지가 각각 어디에요",
            ("ncoretech.or.kr", "kaits.or.kr"),
        ),
        ("특허청 영업비밀 사업 중에 무료는 뭐고 유료는 뭐예요?", ("영업비밀 보호 교육", "유료", "원본증명")),
        ("사업별 운영기관 알려줘", ("한국산업기술보호협회", "한국특허정보원", "대·중소기업협력재단")),
        ("회사가 돈을 내야 하는 제도는 어떤 게 있나요", ("기술자료 임치제도", "원본증명")),
        (
            "비밀문서를 누가 열었는지 기록이 남고 부서별로 권한을 나누는 전산 시스템이 있다던데 사용료가 얼마예요?",
            ("무료",),
        ),
        (
            "특허청에 물을지 경찰에 물을지 매번 헤매는데 상담창구를 하나로 합쳐 놓은 곳 전화가 몇 번이죠",
            ("02-368-8787",),
        ),
        ("지원사업이 전부 몇 개인지 알고 싶습니다", ("14", "기술자료 임치제도")),
        ("사업공고가 나야 신청할 수 있는 지원이 뭐뭐예요?", ("공고", "보안역량 동반성장")),
        ("기술보호지원제도가전부몇개고어떤기관들이하나요", ("14", "특허청", "경찰청")),
        ("기관별 대표번호만 쭉 주실 수 있어요?", ("02-368-8787", "1666-0521", "182", "02-3489-7000")),
    ],
)
def test_everything_that_was_asked_is_answered(ask: Ask, text: str, holds: tuple[str, ...]) -> None:
    answer = ask(text)
    assert [part for part in holds if part not in answer] == []


@pytest.mark.parametrize("affix", ["{}. 감사합니다", "안녕하세요 {}", "{}\n수고하세요~", "안녕하세요. {} 고맙습니다"])
def test_a_courtesy_changes_no_answer(ask: Ask, affix: str) -> None:
    asked = [item["text"] for item in QUESTIONS[::37]]
    changed = [text for text in asked if ask(affix.format(text)) != ask(text)]
    assert changed == []


def test_asked_back_twice_in_a_row_a_person_is_offered(ask: Ask) -> None:
    assert ask("신청 기간이 언제예요?") != ask("신청 기간이 언제예요?", "언제까지인데요?")
    assert "상담원" in ask("신청 기간이 언제예요?", "언제까지인데요?")


@pytest.mark.parametrize("text", ["넷플릭스에서 볼만한 거 추천해 주라", "복사기가 자꾸 종이를 씹는데 어떻게 고쳐요"])
def test_what_has_no_word_of_ours_starts_no_form(ask: Ask, text: str) -> None:
    assert ask(text)  # a form would need the action server, which is not there


@pytest.mark.parametrize(
    ("topic", "sure", "likely", "meant"),
    [
        ("duty", 0.98, ("industrial_technology", "technology_data_demand"), ("technology_data_demand",)),
        ("duty", 0.98, ("industrial_technology",), ()),  # it may not be meant
        ("duty", 0.6, ("technology_data_demand",), ()),
        ("period", 0.98, ("technology_data_demand",), ()),  # others have a period, too
    ],
)
def test_a_topic_that_only_one_program_has_tells_the_program(
    topic: str, sure: float, likely: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    generator = KnowledgeGenerator(None, Domain.empty())
    assert generator._only_one(Question(topics=((topic, sure),), likely_programs=likely)) == meant
