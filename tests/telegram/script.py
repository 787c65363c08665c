"""What stands for Rasa says, by what it is told: answers of every form that Rasa's REST channel has."""

from typing import Any

Answer = list[dict[str, Any]]

LONG = "\n\n".join(f"{n}번째 문단이에요. " + "기술자료를 지키는 방법을 알려 드려요. " * 12 for n in range(1, 51))
FORGED = "<b>굵게</b> *별* _밑줄_ [누르기](https://example.com) `코드` &amp; /restart @admin"


def expects(slot: str, kind: str, *choices: tuple[str, str], form: str = "leak_report") -> dict[str, Any]:
    offered = [{"title": title, "payload": payload} for title, payload in choices]
    return {"custom": {"expects": {"form": form, "slot": slot, "input": kind, "choices": offered}}}


ANSWERS: dict[str, Answer] = {
    "/greet": [
        {
            "text": "안녕하세요, 무엇을 도와드릴까요?",
            "buttons": [
                {"title": "우리 회사에 맞는 사업 찾기", "payload": "/ask_recommendation"},
                {"title": "전체 사업", "payload": "/list_programs"},
                {"title": "신고 접수", "payload": "/report_leak"},
            ],
        }
    ],
    "/list_programs": [{"text": "지원사업은 14개예요."}],
    "/ask_recommendation": [
        {"text": "회사 규모를 알려 주세요."},
        expects("company_size", "choice", ("중소기업", "/sme"), ("중견기업", "/mid"), form="recommendation"),
    ],
    "/sme": [
        {"text": "업종을 알려 주세요."},
        expects("industry", "choice", ("제조업", "/made"), ("서비스업", "/served"), form="recommendation"),
    ],
    "/made": [
        {"text": "맞는 사업이에요."},
        {
            "custom": {
                "cards": [
                    {
                        "type": "program",
                        "number": 3,
                        "verdict": "eligible",
                        "reasons": [
                            {"condition": "중소기업", "met": True},
                            {"condition": "휴업·폐업이 아닐 것", "met": None},
                        ],
                    },
                    {"type": "contacts", "contacts": [{"name": "기술자료임치센터", "phone": "02-368-8484"}]},
                ],
                "sources": [{"program": 3, "section": "신청대상"}],
            }
        },
    ],
    "/report_leak": [
        {"text": "텔레그램 대화는 해외 서버를 거쳐요."},
        {"text": "개인정보 수집에 동의하시나요?"},
        expects("privacy_consent", "choice", ("동의해요", "/agree"), ("동의하지 않아요", "/disagree")),
    ],
    "/agree": [{"text": "전화번호를 알려 주세요."}, expects("reporter_phone", "tel", ("건너뛰기", "/skip"))],
    "010-1234-5678": [{"text": "이메일도 남기시겠어요?"}, expects("reporter_email", "email", ("건너뛰기", "/skip"))],
    "/skip": [
        {"text": "접수했어요."},
        {"custom": {"cards": [{"type": "ticket", "number": "KM-482913", "contacts": []}]}},
    ],
    "여러 개": [{"text": "하나"}, {"text": "둘"}, {"text": "셋", "buttons": [{"title": "넷", "payload": "/four"}]}],
    "전화번호": [
        {"text": "센터 02-368-8787, 협회 02-3489-7000으로 전화해 주세요. 접수하신 번호는 010-1234-5678이에요."}
    ],
    "긴 글": [{"text": LONG, "buttons": [{"title": "다음", "payload": "/greet"}]}],
    "흉내": [{"text": FORGED, "custom": {"sources": [{"program": 3, "section": "<i>절</i>"}]}}],
    "버튼만": [{"buttons": [{"title": "하나", "payload": "/greet"}]}],
}


def answer(body: dict[str, Any]) -> Answer:
    """Return what Rasa would hand over for this message."""
    message = body["message"]
    return ANSWERS.get(message, [{"text": f"“{message}” 들었어요."}])
