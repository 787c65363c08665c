"""The talk of a report, without Rasa and without a database: what is asked, what an answer means, what is never asked again."""

import json
from datetime import date
from typing import Any

import pytest

from bot.leak_report import (
    CONFIRM,
    FIELDS,
    HANDOVER,
    ORDER,
    PERSON,
    PRIVACY,
    REFUSED,
    SENT,
    STOPPED,
    WHICH,
    Draft,
    Heard,
    Say,
    Turn,
    as_reply,
    begin,
    brief_of,
    contact_of,
    go_on,
    handing_over_to,
    is_anonymous,
    repeat,
    resume,
    routed,
    step_of,
)
from bot.routing import default_routing

TODAY = date(2026, 11, 23)
ROUTING = default_routing()
STORY = "어제 영업부장이 고객 목록이랑 배합표를 개인 메일로 보낸 걸 찾았어요"
WISH = "기술유출 신고 접수하고 싶어요"


class Talk:
    """One talk; the draft goes through JSON each turn, as it does in the database."""

    def __init__(self, first: str, **opinion: Any) -> None:
        self.texts: dict[int | None, str] = {1: first}
        self.turn = begin("d1", Heard(first, 1, **opinion), ROUTING)

    def say(self, text: str, intent: str = "inform", confidence: float = 0.5, *, named: bool = False) -> Turn:
        seq = len(self.texts) + 1
        self.texts[seq] = text
        draft = Draft.from_json(json.loads(json.dumps(self.turn.draft.to_json())))
        self.turn = go_on(draft, Heard(text, seq, intent, confidence, named), ROUTING, TODAY, self.texts.get)
        return self.turn

    def value(self, name: str) -> str | None:
        return self.turn.draft.value(name)

    @property
    def said(self) -> list[str]:
        return [say.response for say in self.turn.says]


def agreed(first: str = WISH) -> Talk:
    talk = Talk(first)
    talk.say("네, 동의합니다")
    return talk


def at(slot: str, first: str = WISH) -> Talk:
    """Return a talk in which this slot is asked, everything before it answered."""
    answers = {
        "incident_summary": "누가 서류를 들고 나갔어요",
        "incident_date": "3일 전",
        "leaked_technology": "합금 비율",
        "suspect": "퇴사한 과장",
        "evidence": "CCTV",
        "concerns_subcontract": "아니요",
        "concerns_core_technology": "아니요",
        "reporter_name": "김예시",
        "reporter_phone": "010-0000-1111",
        "reporter_email": "kim@example.com",
        "company_name": "예시정밀",
        HANDOVER: "아니요",
    }
    talk = agreed(first)
    for _ in ORDER:
        if talk.turn.asked == slot:
            return talk
        talk.say(answers[talk.turn.asked or ""])
    raise AssertionError(f"{slot} is never asked")


# --- the beginning and consent


def test_advice_and_contacts_come_before_any_question() -> None:
    talk = Talk(STORY)
    assert talk.said == ["utter_leak_advice", "utter_leak_question_privacy_consent"]
    assert talk.turn.says[0].contacts == ("consultation_center", "police")
    assert talk.turn.asked == PRIVACY


def test_a_core_technology_hears_of_its_duty_at_once() -> None:
    talk = Talk("국가핵심기술 도면을 직원이 가져갔어요")
    assert talk.said[0] == "utter_leak_advice_at_once"
    assert talk.turn.says[0].contacts[-1] == "industrial_technology_association"


def test_telegram_users_hear_that_their_talk_goes_abroad() -> None:
    turn = begin("d1", Heard(STORY, 1), ROUTING, abroad=True)
    assert [say.response for say in turn.says][1] == "utter_leak_telegram"


def test_before_consent_the_draft_holds_nothing_of_what_was_said() -> None:
    talk = Talk("국가핵심기술 도면을 김비밀 과장이 가져갔어요")
    talk.say("음… 그 사람 전화번호는 010-1234-5678이에요")
    kept = json.dumps(talk.turn.draft.to_json(), ensure_ascii=False)
    assert not any(secret in kept for secret in ("김비밀", "010", "도면", "국가핵심기술"))


@pytest.mark.parametrize("vague", ["음…", "글쎄요", "모르겠어요", "생각해 볼게요"])
def test_vague_words_are_no_consent(vague: str) -> None:
    talk = Talk(STORY)
    talk.say(vague)
    assert talk.turn.asked == PRIVACY
    assert talk.turn.draft.consents == {}
    assert talk.said == ["utter_leak_consent_unclear", "utter_leak_question_privacy_consent_short"]


def test_who_stays_vague_is_not_pressed() -> None:
    talk = Talk(STORY)
    for _ in range(3):
        talk.say("음…")
    assert talk.turn.end == REFUSED


def test_who_refuses_gets_all_contacts_and_nothing_is_kept() -> None:
    turn = Talk(STORY).say("동의 안 해요")
    assert (turn.end, turn.asked) == (REFUSED, None)
    assert turn.says[0].contacts == tuple(contact.id for contact in ROUTING.contacts)
    assert turn.draft.values == {}


def test_more_of_the_story_before_consent_is_read_after_it() -> None:
    talk = Talk(WISH)
    talk.say("퇴사한 연구원이 소스코드를 복사해 갔어요")
    assert talk.turn.asked == PRIVACY
    talk.say("네")
    assert talk.value("leaked_technology") == "소스코드"
    assert talk.turn.draft.values["incident_summary"]["seq"] == 2


def test_consent_has_version_and_message() -> None:
    assert agreed().turn.draft.consents == {"report": {"given": True, "version": "2026-11", "seq": 2}}


def test_a_question_before_consent_is_answered_and_asked_again() -> None:
    talk = Talk(STORY)
    talk.say("동의하면 어디에 쓰여요?")
    assert talk.said[0] == "utter_leak_why_privacy_consent"
    talk.say("임치 수수료가 얼마예요?", "ask_program", 0.9)
    assert (talk.turn.question, talk.turn.asked) == ("ask_program", PRIVACY)


def test_a_few_words_that_do_not_ask_are_an_answer_unless_they_name_a_program() -> None:
    talk = Talk("제어 프로그램이 유출됐어요")
    talk.say("네, 동의해요")
    while talk.turn.asked != "incident_date":
        talk.say("모르겠어요")
    talk.say("임치 수수료", "ask_program", 0.95, named=True)
    assert (talk.turn.question, talk.turn.asked) == ("ask_program", "incident_date")
    talk.say("납품이 끝나고", "ask_program", 0.95)
    assert talk.turn.question is None
    for _ in range(2):
        talk.say("납품이 끝나고", "ask_program", 0.95)
    assert talk.turn.asked != "incident_date"


# --- what was told is not asked again


def test_what_the_first_message_told_is_shown_and_not_asked() -> None:
    talk = agreed(STORY)
    assert talk.said == ["utter_leak_noted", "utter_leak_question_evidence"]
    assert talk.value("incident_summary") == STORY
    assert talk.value("suspect") == "영업부장"
    assert talk.value("incident_date") == "2026년 11월 22일 일요일"
    assert talk.turn.draft.values["suspect"] | {"value": ""} == {"value": "", "how": "read", "quote": STORY, "seq": 1}


def test_a_bare_wish_tells_nothing() -> None:
    assert agreed().turn.asked == "incident_summary"


def test_several_answers_in_one_message() -> None:
    talk = at("incident_summary")
    talk.say("지난주 금요일 저녁쯤 퇴사한 설계팀 과장이 도면을 USB에 담아 갔어요. 접속 로그가 남아 있어요")
    assert talk.turn.asked == "concerns_subcontract"
    talk.say("원청이 시킨 일이에요")
    talk.say("아니요")
    talk.say("저는 김예시이고 010-1234-5678, kim@example.com 이에요")
    assert talk.turn.asked == "company_name"
    assert contact_of(talk.turn.draft) == {"name": "김예시", "phone": "010-1234-5678", "email": "kim@example.com"}


def test_a_fact_that_was_told_is_not_asked() -> None:
    talk = at("evidence", "원청이 도면을 달라더니 다른 업체에 넘겼습니다")
    talk.say("공문")
    assert talk.turn.asked == "concerns_core_technology"
    assert [contact.id for contact in routed(talk.turn.draft, ROUTING)][-1] == "fair_trade_commission"


# --- answers


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        ("incident_date", "지난주 금요일 저녁쯤", "2026년 11월 20일 금요일쯤"),
        ("incident_date", "작년 여름", "2025년 6월 1일~8월 31일"),
        ("suspect", "전 설계팀장", "전 설계팀장"),
        ("suspect", "협력업체 담당자", "협력업체 담당자"),
        ("evidence", "메일 서버 기록", "메일 서버 기록"),
        ("evidence", "기술임치 해 둔 자료", "기술임치 해 둔 자료"),
        ("leaked_technology", "기술임치한 배합표", "기술임치한 배합표"),
        ("reporter_name", "한예시요", "한예시"),
        ("reporter_phone", "01000002222", "010-0000-2222"),
        ("reporter_email", "sample@example.com", "sample@example.com"),
        ("company_name", "예시테크입니다", "예시테크"),
        ("concerns_subcontract", "네 맞아요", "yes"),
        ("concerns_core_technology", "국가핵심기술이에요", "yes"),
    ],
)
@pytest.mark.parametrize("opinion", ["inform", "ask_program", "talk_to_human", "cancel_or_stop", "privacy_question"])
def test_an_answer_is_an_answer_whatever_the_classifier_thinks(slot: str, text: str, value: str, opinion: str) -> None:
    talk = at(slot)
    talk.say(text, opinion, 0.97)
    assert talk.turn.end is None
    assert talk.turn.question is None
    assert talk.value(slot) == value
    assert talk.turn.draft.values[slot]["quote"] == text


@pytest.mark.parametrize("slot", FIELDS)
def test_i_do_not_know_is_an_answer(slot: str) -> None:
    talk = at(slot)
    for _ in range(3):
        if talk.turn.asked == slot:
            talk.say("모르겠어요")
    assert talk.turn.asked != slot
    assert talk.value(slot) == ""


@pytest.mark.parametrize("slot", [*FIELDS[1:5], *FIELDS[7:]])
def test_what_is_optional_can_be_skipped(slot: str) -> None:
    talk = at(slot)
    talk.say("건너뛸게요")
    assert talk.turn.asked != slot
    assert talk.turn.draft.values[slot]["how"] == "skipped"


@pytest.mark.parametrize(
    ("slot", "wrong", "response"),
    [
        ("incident_date", "내일", "utter_leak_date_future"),
        ("incident_date", "그때쯤", "utter_leak_date_unclear"),
        ("reporter_phone", "010-12-34", "utter_leak_phone_unclear"),
        ("reporter_email", "김예시골뱅이", "utter_leak_email_unclear"),
        ("concerns_subcontract", "그게 말이죠", "utter_leak_yes_no_unclear"),
    ],
)
def test_what_cannot_be_is_asked_again_twice_and_then_let_go(slot: str, wrong: str, response: str) -> None:
    talk = at(slot)
    for _ in range(2):
        talk.say(wrong)
        assert talk.said[0] == response
        assert talk.turn.asked == slot
    talk.say(wrong)
    assert talk.turn.asked != slot


def test_anonymous_skips_every_contact_question() -> None:
    talk = at("reporter_name")
    talk.say("익명으로 할게요")
    assert talk.turn.asked == HANDOVER
    assert is_anonymous(talk.turn.draft)
    assert contact_of(talk.turn.draft) == {}


def test_no_evidence_is_noted_as_none() -> None:
    talk = at("evidence")
    talk.say("없어요")
    assert talk.turn.draft.values["evidence"]["how"] == "none"


# --- in between


def test_questions_are_answered_and_the_form_goes_on_where_it_was() -> None:
    talk = at("suspect")
    talk.say("임치 수수료가 얼마예요?", "ask_program", 0.95)
    assert (talk.turn.question, talk.turn.asked) == ("ask_program", "suspect")
    talk.say("어떤 사업들이 있나요?", "list_programs", 0.95)
    assert (talk.turn.question, talk.turn.asked) == ("list_programs", "suspect")
    talk.say("제 정보는 어디에 저장되나요?", "privacy_question", 0.95)
    assert talk.said == ["utter_leak_privacy", "utter_leak_question_suspect"]


@pytest.mark.parametrize("slot", [slot for slot in ORDER if slot != PRIVACY])
def test_why_is_explained_for_every_question(slot: str) -> None:
    talk = at(slot)
    talk.say("왜 물어보세요?")
    assert talk.said[0] == f"utter_leak_why_{slot}"
    assert talk.turn.asked == slot


@pytest.mark.parametrize("slot", ORDER)
def test_a_person_can_be_asked_for_at_any_moment(slot: str) -> None:
    talk = Talk(WISH) if slot == PRIVACY else at(slot)
    assert talk.say("상담원이랑 통화하고 싶어요", "talk_to_human", 0.9).end == PERSON


@pytest.mark.parametrize("slot", ORDER)
def test_it_can_be_stopped_at_any_moment(slot: str) -> None:
    talk = Talk(WISH) if slot == PRIVACY else at(slot)
    assert talk.say("그만할래요", "cancel_or_stop", 0.9).end == STOPPED


def test_one_step_back_asks_the_question_before() -> None:
    talk = at("suspect")
    talk.say("뒤로")
    assert talk.turn.asked == "leaked_technology"
    talk.say("촉매 비율")
    assert talk.turn.asked == "suspect"
    assert talk.value("leaked_technology") == "촉매 비율"


def test_back_at_the_first_question_stays_there() -> None:
    talk = at("incident_summary")
    talk.say("뒤로")
    assert talk.said[0] == "utter_leak_first_question"


def test_from_the_beginning_forgets_the_answers_and_keeps_the_consent() -> None:
    talk = at("reporter_name")
    talk.say("처음부터 다시 할게요")
    assert talk.turn.asked == "incident_summary"
    assert talk.turn.draft.values == {}
    assert "report" in talk.turn.draft.consents


# --- handing over to other bodies, corrections, the end


@pytest.mark.parametrize(
    ("text", "given"),
    [("네 동의해요", True), ("아니요", False), ("모르겠어요", False), ("음…", False), ("글쎄요", False)],
)
def test_only_a_clear_yes_hands_the_report_over(text: str, given: bool) -> None:
    talk = at(HANDOVER)
    talk.say(text)
    assert talk.turn.asked == CONFIRM
    assert talk.turn.draft.consents["handing_over"]["given"] is given


def test_the_recipients_are_named() -> None:
    talk = at(HANDOVER, "원청이 도면을 달라더니 다른 업체에 넘겼습니다")
    assert talk.turn.says[-1].values["recipients"] == "산업기술유출 수사지원센터, 공정거래위원회"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("이름은 박예시로 고쳐 주세요", "reporter_name", "박예시"),
        ("날짜 틀렸어요 작년 3월이에요", "incident_date", "2025년 3월"),
        ("전화번호 010-2222-3333으로 바꿔 주세요", "reporter_phone", "010-2222-3333"),
        ("하도급 관련 네로 수정해 주세요", "concerns_subcontract", "yes"),
    ],
)
@pytest.mark.parametrize("slot", [HANDOVER, CONFIRM])
def test_a_value_can_be_corrected_in_one_sentence(slot: str, text: str, field: str, value: str) -> None:
    talk = at(slot)
    talk.say(text)
    assert talk.value(field) == value
    assert talk.said[0] == "utter_leak_corrected"
    # With another body concerned, the consent that was given does not cover it.
    assert talk.turn.asked == (HANDOVER if field == "concerns_subcontract" else slot)


def test_a_correction_of_something_else_while_a_question_is_open() -> None:
    talk = at("evidence")
    talk.say("아 날짜 잘못 말했어요 지난주 목요일이에요")
    assert talk.value("incident_date") == "2026년 11월 19일 목요일"
    assert talk.turn.asked == "evidence"


def test_correcting_by_choice_in_the_summary() -> None:
    talk = at(CONFIRM)
    talk.say("고칠 게 있어요")
    assert talk.turn.asked == WHICH
    talk.say("전화번호 고칠게요")
    assert talk.turn.asked == "reporter_phone"
    talk.say("010-3333-4444")
    assert talk.turn.asked == CONFIRM
    assert talk.value("reporter_phone") == "010-3333-4444"


def test_no_in_the_summary_asks_what_is_wrong_and_yes_sends_it() -> None:
    talk = at(CONFIRM)
    talk.say("아니요")
    assert talk.turn.asked == WHICH
    talk.say("없어요")
    assert talk.turn.asked == CONFIRM
    assert talk.say("네, 맞아요").end == SENT


@pytest.mark.parametrize("vague", ["음…", "글쎄요", "모르겠어요"])
def test_vague_words_send_nothing(vague: str) -> None:
    talk = at(CONFIRM)
    assert talk.say(vague).end is None
    assert talk.turn.asked == CONFIRM


@pytest.mark.parametrize(
    "text",
    [
        *(
            "네, 이 내용으로 접수해 주세요",
            "네 전화로 연락 주세요",
            "이 내용으로 접수해 주세요",
            "네 상황은 그게 다예요",
        ),
        *("틀린 내용 없어요", "고칠 거 없어요", "네, 자료는 메일로 보낼게요"),
        *("네, 010-0000-1111로 전화 주세요", "접수해 주세요"),
    ],
)
def test_words_that_only_name_a_field_send_the_summary_as_it_is(text: str) -> None:
    talk = at(CONFIRM)
    before = talk.turn.draft.values
    assert talk.say(text).end == SENT
    assert talk.turn.draft.values == before


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("언제 연락 오나요?", "utter_leak_when_answered"),
        ("이름은 비공개로 되나요?", "utter_leak_privacy"),
        ("내용은 누가 보나요?", "utter_leak_privacy"),
        ("전화번호 꼭 필요한가요?", "utter_leak_confirm_unclear"),
        ("접수됐나요?", "utter_leak_confirm_unclear"),
        ("잠깐만요 전화가 와서요", "utter_leak_confirm_unclear"),
        ("네 그런데 회사에 알려지면 안 되는데", "utter_leak_confirm_unclear"),
    ],
)
def test_a_question_in_the_summary_changes_and_sends_nothing(text: str, response: str) -> None:
    talk = at(CONFIRM)
    before = talk.turn.draft.values
    talk.say(text)
    assert (talk.said[0], talk.turn.asked, talk.turn.end) == (response, CONFIRM, None)
    assert talk.turn.draft.values == before


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("전화번호는 010-2222-3333이에요", "reporter_phone", "010-2222-3333"),
        ("네 010-7777-8888로 연락 주세요", "reporter_phone", "010-7777-8888"),
        ("new@example.com으로 보내 주세요", "reporter_email", "new@example.com"),
        ("날짜는 작년 3월이에요", "incident_date", "2025년 3월"),
        ("이름은 박예시예요", "reporter_name", "박예시"),
        ("부장이 아니라 과장이에요 의심되는 사람", "suspect", "과장"),
        ("전화번호는 빼고 접수해 주세요", "reporter_phone", ""),
        ("네, 익명으로 접수해 주세요", "reporter_name", ""),
    ],
)
def test_the_summary_takes_a_new_value_without_a_word_of_correcting(text: str, field: str, value: str) -> None:
    talk = at(CONFIRM)
    talk.say(text)
    assert (talk.value(field), talk.said[0]) == (value, "utter_leak_corrected")
    assert talk.turn.asked == CONFIRM


def test_a_value_that_cannot_be_read_leaves_the_old_one() -> None:
    talk = at(CONFIRM)
    talk.say("전화번호 고칠게요")
    assert talk.turn.asked == "reporter_phone"
    for _ in range(3):
        talk.say("010-12")
    assert (talk.value("reporter_phone"), talk.turn.asked) == ("010-0000-1111", CONFIRM)
    talk.say("전화번호 고칠게요")
    talk.say("뒤로")
    assert (talk.value("reporter_phone"), talk.turn.asked) == ("010-0000-1111", CONFIRM)


def test_consent_covers_only_the_recipients_it_named() -> None:
    talk = at(HANDOVER)
    talk.say("네 동의해요")
    assert handing_over_to(talk.turn.draft, ROUTING) == ["police"]
    talk.say("하도급 관련 네로 수정해 주세요")
    assert talk.turn.asked == HANDOVER
    assert "공정거래위원회" in talk.turn.says[-1].values["recipients"]
    assert handing_over_to(talk.turn.draft, ROUTING) == ["police"]
    talk.say("네")
    assert handing_over_to(talk.turn.draft, ROUTING) == ["police", "fair_trade_commission"]
    talk.say("하도급 관련 아니요로 수정해 주세요")
    assert (talk.turn.asked, handing_over_to(talk.turn.draft, ROUTING)) == (CONFIRM, ["police"])


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (PRIVACY, "참고로 국가핵심기술 도면이에요"),
        ("incident_summary", "퇴사한 과장이 국가핵심기술 도면을 복사해 갔어요"),
        ("leaked_technology", "국가핵심기술로 지정된 공정이에요"),
        ("concerns_core_technology", "네"),
        (CONFIRM, "국가핵심기술 관련 네로 수정해 주세요"),
    ],
)
def test_the_duty_to_report_at_once_is_said_when_such_a_technology_is_named(slot: str, text: str) -> None:
    talk = Talk(WISH) if slot == PRIVACY else at(slot)
    talk.say(text)
    [duty] = [say for say in talk.turn.says if say.response == "utter_leak_duty_now"]
    assert duty.contacts == ("consultation_center", "police", "industrial_technology_association")
    talk.say("네")
    assert "utter_leak_duty_now" not in talk.said


def test_the_duty_is_not_said_twice() -> None:
    talk = Talk("국가핵심기술 도면을 직원이 가져갔어요")
    talk.say("네")
    assert "utter_leak_duty_now" not in talk.said


def test_a_question_about_the_fact_is_no_answer_to_it() -> None:
    talk = at("concerns_core_technology")
    talk.say("국가핵심기술이 뭐예요?", "ask_program", 0.9)
    assert (talk.turn.question, talk.turn.asked) == ("ask_program", "concerns_core_technology")


def test_a_statement_is_no_yes_to_a_question_of_fact() -> None:
    talk = at("concerns_subcontract")
    talk.say("전 설계팀장이에요")
    assert (talk.said[0], talk.turn.asked) == ("utter_leak_yes_no_unclear", "concerns_subcontract")


@pytest.mark.parametrize("text", ["지난주 금요일이요", "11월 3일", "어제 저녁이에요", "3일 전쯤이요"])
def test_a_date_is_no_evidence(text: str) -> None:
    talk = at("evidence")
    talk.say(text)
    assert talk.said == ["utter_leak_noted", "utter_leak_question_evidence"]
    assert (talk.turn.asked, talk.value("evidence")) == ("evidence", None)
    assert talk.turn.draft.values["incident_date"]["quote"] == text
    talk.say("어제 접속 로그")
    assert talk.value("evidence") == "어제 접속 로그"


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("제 접수는 어떻게 됐나요?", "ticket_status", "utter_leak_when_answered"),
        ("사람이에요 로봇이에요?", "bot_identity", "utter_leak_bot_identity"),
        ("우리 회사는 뭘 받을 수 있나요?", "ask_recommendation", "utter_leak_recommend_later"),
        ("오늘 날씨 어때요?", "out_of_scope", "utter_leak_later"),
    ],
)
def test_a_digression_gets_its_sentence(text: str, intent: str, response: str) -> None:
    talk = at("suspect")
    talk.say(text, intent, 0.95)
    assert talk.said == [response, "utter_leak_question_suspect"]


def test_the_summary_shows_every_field() -> None:
    lines = at(CONFIRM).turn.says[-1].values["lines"]
    assert [line.values["label"].response for line in lines] == [f"utter_leak_label_{name}" for name in FIELDS]


def test_each_value_of_the_brief_has_its_sentence() -> None:
    talk = at(CONFIRM, STORY)
    for entry in brief_of(talk.turn.draft):
        assert entry["quote"] == talk.texts[entry["seq"]]


# --- going on after an interruption


def test_the_same_message_again_gives_the_same_answer() -> None:
    talk = at("suspect")
    talk.turn.draft.reply = as_reply(talk.turn)
    draft = Draft.from_json(json.loads(json.dumps(talk.turn.draft.to_json())))
    again = repeat(draft)
    assert (again.says, again.asked, again.end) == (talk.turn.says, talk.turn.asked, None)


def test_a_report_left_in_the_middle_goes_on() -> None:
    talk = at("suspect")
    turn = resume(talk.turn.draft, Heard("신고할래요", 9), ROUTING)
    assert [say.response for say in turn.says] == ["utter_leak_resumed", "utter_leak_question_suspect"]
    assert turn.asked == "suspect"


def test_steps_count_up() -> None:
    assert [step_of(slot)[0] for slot in ORDER] == list(range(1, len(ORDER) + 1))


def test_says_are_plain_data() -> None:
    assert isinstance(at(CONFIRM).turn.says[-1], Say)
