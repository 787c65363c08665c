"""The report's actions with real stores: drafts, consents, exactly one ticket, and nothing left behind."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from talk_by_hand import Talk

from bot.actions import hand_over, leak_report
from bot.actions.stores import Stores
from bot.conversations.store import Outgoing
from bot.routing import default_routing
from bot.tickets.receipts import read_number, read_pin
from bot.tickets.workflow import ANY_STAFF, Actor

STORY = "어제 영업부장이 고객 목록이랑 배합표를 개인 메일로 보낸 걸 찾았어요"
ANSWERS = [
    "네, 동의합니다",
    "메일 서버 기록",
    "아니요",
    "아니요",
    "김예시",
    "010-0000-1111",
    "kim@example.com",
    "건너뛸게요",
    "네 동의해요",
]
ANOTHER = {"entity": "wish", "value": "another"}  # as the button says it that stands under the report there already is
KIM = Actor(ANY_STAFF, "kim", "김상담")


def report(talk: Talk, story: str = STORY) -> list[str]:
    """Report until the summary is shown."""
    talk.say(story, entities=[ANOTHER])
    for answer in ANSWERS:
        talk.say(answer)
    assert talk.asked == "confirm_report"
    return talk.said


def card_in(talk: Talk) -> dict[str, Any]:
    [card] = [card for message in talk.stored for card in message["cards"] if card["type"] == "ticket"]
    return dict(card)


def test_a_whole_report_becomes_one_ticket(talk: Talk) -> None:
    report(talk)
    [receipt] = talk.say("네, 맞아요")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert (ticket["kind"], ticket["anonymous"], ticket["channel"]) == ("leak", False, "web")
    assert ticket["contact"] == {"name": "김예시", "phone": "010-0000-1111", "email": "kim@example.com"}
    assert [entry["field"] for entry in ticket["brief"]][:4] == [
        "incident_summary", "incident_date", "leaked_technology", "suspect",
    ]  # fmt: skip
    assert ticket["context"]["handing_over"] is True
    assert [row["contact"] for row in talk.stores.tickets.referrals(ticket["id"])] == ["consultation_center", "police"]
    card = card_in(talk)
    assert card["number"] == ticket["number"] == read_number(receipt)
    assert card["pin"] == read_pin(receipt)
    assert [contact["phone"] for contact in card["contacts"]] == ["02-368-8787", "182"]
    assert "정식 신고는 아니에요" in receipt
    assert f"{default_routing().contact('consultation_center').ministry}에 서면으로" in receipt
    assert talk.stores.tickets.look_up(ticket["number"], card["pin"], "somebody")["id"] == ticket["id"]
    assert {row["purpose"]: row["given"] for row in talk.stores.tickets.consents_of(ticket["id"])} == {
        "report": True, "handing_over": True,
    }  # fmt: skip
    assert talk.stores.tickets.draft(talk.id) is None
    assert all(value is None for name, value in talk.slots.items() if name != "requested_slot")


def test_rasa_never_holds_a_value_of_the_report(talk: Talk) -> None:
    report(talk)
    assert set(talk.slots.values()) <= {
        None, "said", "read", "skipped", "given", "confirm_report", talk.slots["leak_report_id"],
    }  # fmt: skip


def test_an_incident_in_core_technology_is_urgent_and_has_its_duty(talk: Talk) -> None:
    talk.say("국가핵심기술 도면을 직원이 USB에 담아 갔어요")
    for answer in ["네", "오늘 아침", "접속 기록", "아니요", "익명으로 할게요", "아니요"]:
        talk.say(answer)
    [receipt] = talk.say("네")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["urgent"]
    assert ticket["anonymous"]
    assert "02-3489-7000" in receipt
    assert "바로 신고해야 해요" in receipt


def test_the_confirmation_sent_twice_makes_one_ticket(talk: Talk) -> None:
    report(talk)
    message = talk.hear("네, 맞아요")
    before = dict(talk.slots)
    [first] = talk.take(message)
    # Rasa was ended before it had stored its tracker: the next message finds the form where it was.
    talk.slots = before
    [second] = talk.say("접수됐나요?")
    assert read_number(second) == read_number(first)
    # Who asks again may never have seen the receipt: PIN and card come again, too.
    assert read_pin(second) == read_pin(first)
    assert [card["type"] for card in talk.messages[-1]["custom"]["cards"]] == ["ticket"]
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1


def test_the_receipt_is_there_although_rasa_never_answered(talk: Talk) -> None:
    report(talk)
    message = talk.hear("네, 맞아요")
    talk.run(leak_report.ValidateLeakReport(), message)  # and here everything is ended
    assert card_in(talk)["number"]
    assert talk.stored[-1]["from"] == "bot"


def test_an_action_server_that_ends_before_the_ticket_leaves_the_form_open(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(talk)
    message, before = talk.hear("네, 맞아요"), dict(talk.slots)

    def end(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(leak_report, "_submit", end)
        with pytest.raises(ConnectionError):
            talk.run(leak_report.ValidateLeakReport(), message)
    talk.slots = before
    talk.stores.conversations.answer(talk.id, talk.received, [Outgoing("bot", "지금은 답변을 드리기 어려워요.")])
    for _ in range(2):  # asked once more, as nobody has seen whether it was sent
        if talk.asked is not None:
            talk.say("네, 맞아요")
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1


def test_a_message_that_comes_again_is_not_taken_for_the_next_answer(talk: Talk) -> None:
    talk.say(STORY)
    talk.say("네")
    message = talk.hear("메일 서버 기록")
    first = talk.take(message)
    assert talk.asked == "concerns_subcontract"
    # The gateway was ended before it had stored the answer, and asks Rasa again.
    assert talk.take(message) == first
    assert talk.asked == "concerns_subcontract"
    kept = talk.stores.tickets.draft(talk.id)
    assert kept is not None
    assert "concerns_subcontract" not in kept["values"]


def test_an_answer_that_came_too_late_is_not_skipped_over(talk: Talk) -> None:
    """Rasa answered after the gateway had given up: the user never saw the next question, and says the same again."""
    talk.say(STORY)
    talk.say("네")
    message = talk.hear("메일 서버 기록")
    talk.said, talk.messages = [], []
    talk.run(leak_report.ValidateLeakReport(), message)
    talk.stores.conversations.answer(talk.id, talk.received, [Outgoing("bot", "지금은 답변을 드리기 어려워요.")])
    talk.say("메일 서버 기록")
    assert talk.asked == "concerns_subcontract"
    kept = talk.stores.tickets.draft(talk.id)
    assert kept is not None
    assert "concerns_subcontract" not in kept["values"]
    talk.say("아니요")
    assert talk.asked == "concerns_core_technology"


def test_a_lost_draft_begins_again_with_the_advice(talk: Talk) -> None:
    talk.say(STORY)
    talk.say("네")
    talk.stores.tickets.drop_draft(talk.id)
    said = talk.say("메일 서버 기록")
    assert talk.asked == "privacy_consent"
    assert "02-368-8787" in said[0]


def test_refusing_keeps_no_words_of_the_user_and_makes_no_ticket(talk: Talk) -> None:
    talk.say(STORY)
    [said] = talk.say("동의 안 해요")
    assert all(phone in said for phone in ("02-368-8787", "182", "044-200-4010", "02-3489-7000"))
    assert talk.stores.tickets.of_conversation(talk.id) == []
    assert talk.stores.tickets.draft(talk.id) is None
    assert "영업부장" not in json.dumps(talk.stored, ensure_ascii=False)


def test_stopping_leaves_nothing_of_the_report(talk: Talk) -> None:
    report(talk)
    talk.say("그만할래요")
    kept = json.dumps(talk.stored, ensure_ascii=False)
    assert not any(secret in kept for secret in ("영업부장", "배합표", "김예시", "010-0000-1111", "kim@example.com"))
    assert talk.stores.tickets.draft(talk.id) is None
    assert talk.stores.tickets.of_conversation(talk.id) == []
    assert talk.asked is None


def test_what_was_said_before_the_report_stays(talk: Talk) -> None:
    talk.act("privacy", "개인정보 어디에 쓰여요?")
    talk.say(STORY)
    talk.say("동의 안 해요")
    assert talk.stored[0]["text"] == "개인정보 어디에 쓰여요?"


@pytest.mark.parametrize("slot", ["privacy_consent", "incident_date", "concerns_subcontract", "confirm_report"])
def test_expects_names_form_slot_input_and_choices(talk: Talk, slot: str) -> None:
    talk.say("신고할래요")
    for answer in [
        "네",
        "누가 서류를 들고 나갔어요",
        "어제",
        "합금 비율",
        "모르겠어요",
        "없어요",
        "아니요",
        "아니요",
        *ANSWERS[4:],
    ]:
        if talk.asked == slot:
            break
        talk.say(answer)
    expects = talk.expects
    assert expects is not None
    assert (expects["form"], expects["slot"]) == ("leak_report", slot)
    assert expects["input"] == {"incident_date": "date"}.get(slot, "choice")
    assert all(choice["title"] and choice["payload"] for choice in expects["choices"])
    assert 1 <= expects["step"] <= expects["of"]


def test_a_choice_says_what_it_shows(talk: Talk) -> None:
    talk.say(STORY)
    while talk.asked is not None:
        expects = talk.expects
        assert expects is not None
        wanted = {"incident_date": "어제", "evidence": "없어요"}.get(talk.asked)
        talk.say(wanted or (expects["choices"][0]["payload"] if expects["choices"] else "김예시"))
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1


def test_telegram_hears_about_servers_abroad(open_ones: Stores) -> None:
    said = Talk(open_ones, channel="telegram").say(STORY)
    assert "해외 서버" in said[1]


# --- a person


def test_a_person_in_the_middle_of_a_report_gets_what_was_told(talk: Talk) -> None:
    talk.say(STORY)
    talk.say("네")
    talk.say("상담원이랑 통화하고 싶어요")
    assert talk.followed_by == "action_hand_over"
    talk.act("hand_over", "상담원이랑 통화하고 싶어요", intent="talk_to_human", confidence=0.9)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["kind"] == "consultation"
    assert ticket["brief"][0]["value"] == STORY


def test_before_consent_a_person_gets_nothing_of_the_story_as_a_brief(talk: Talk) -> None:
    talk.say(STORY)
    talk.say("상담원 연결해 주세요")
    talk.act("hand_over", "상담원 연결해 주세요", intent="talk_to_human", confidence=0.9)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["brief"] == []


def test_in_hours_with_a_counsellor_the_user_waits_in_the_chat(talk: Talk) -> None:
    talk.stores.tickets.seen(KIM)
    [said] = talk.act("hand_over", "사람이랑 얘기할래요", intent="talk_to_human", confidence=0.9)
    assert "1번째" in said
    assert talk.stores.conversations.history(talk.id).status == "waiting"
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["live"]
    [button] = talk.stored[-1]["buttons"]
    assert button["title"] == "봇과 계속 이야기하기"


def test_with_nobody_there_the_bot_stays_and_says_when(talk: Talk) -> None:
    [said] = talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    assert "자리에 있는 상담원이 없" in said
    assert "11월 23일(월)" in said
    assert talk.stores.conversations.history(talk.id).status == "bot"
    assert len(talk.stored[-1]["buttons"]) == 2


def test_at_night_the_next_opening_is_said(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "now", lambda: datetime(2026, 9, 23, 12, 0, tzinfo=UTC))  # the evening before 추석
    talk.stores.tickets.seen(KIM)
    [said] = talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    assert "9월 28일(월) 9시" in said
    assert talk.stores.conversations.history(talk.id).status == "bot"


def test_asking_again_makes_no_second_ticket(talk: Talk) -> None:
    for _ in range(3):
        talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1
    talk.stores.tickets.seen(KIM)
    talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    assert talk.stores.conversations.history(talk.id).status == "waiting"
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1


def test_a_call_back_asks_for_consent_first_and_keeps_the_number_on_the_open_request(talk: Talk) -> None:
    talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    talk.act("hand_over", "전화로 연락 주세요", intent="talk_to_human", confidence=0.9)
    assert talk.followed_by == "call_back"
    talk.say("전화로 연락 주세요", "call_back")
    assert talk.asked == "call_back_consent"
    talk.say("음…", "call_back")
    assert talk.asked == "call_back_consent"
    talk.say("네", "call_back")
    assert talk.asked == "call_back_phone"
    talk.say("010-12", "call_back")
    assert talk.asked == "call_back_phone"
    talk.say("010-1234-5678 김예시", "call_back")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert (ticket["kind"], ticket["contact"]) == ("call_back", {"phone": "010-1234-5678", "name": "김예시"})
    assert [row["purpose"] for row in talk.stores.tickets.consents_of(ticket["id"])] == ["contact"]


def test_wanting_a_call_makes_a_ticket_at_once_and_asks_for_consent(talk: Talk) -> None:
    said = talk.act("hand_over", "전화로 연락 주세요", intent="talk_to_human", confidence=0.9)
    assert talk.followed_by == "call_back"
    assert card_in(talk)["number"] in said[0]
    assert "동의하시나요" in said[1]
    asked = talk.stores.conversations.history(talk.id).expects
    assert asked is not None
    assert (asked["slot"], len(asked["choices"])) == ("call_back_consent", 2)


def test_a_call_back_without_a_request_makes_its_own_ticket(talk: Talk) -> None:
    for text in ("전화 주세요", "네", "010-1234-5678"):
        talk.say(text, "call_back")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert (ticket["kind"], ticket["contact"]) == ("call_back", {"phone": "010-1234-5678"})
    assert card_in(talk)["number"] == ticket["number"]


def test_who_refuses_a_call_back_leaves_no_number(talk: Talk) -> None:
    talk.say("전화 주세요", "call_back")
    talk.say("아니요", "call_back")
    assert talk.stores.tickets.of_conversation(talk.id) == []


def test_the_ticket_carries_the_question_and_neither_an_answer_to_a_form_nor_the_wish_for_a_person(talk: Talk) -> None:
    def hear(text: str, intent: str) -> int:
        talk.hear(text, intent=intent)
        talk.said, talk.messages = ["(answer)"], []
        talk.answered()
        return talk.received.seq

    talk.say("전화 주세요", "call_back")
    asked = hear("특허 심판은 어디에 물어요?", "ask_program")  # a question inside a form is one
    talk.say("네", "call_back")
    talk.say("사람이랑 얘기할래요", "call_back")
    for text, intent in (("네", "affirm"), ("/inform_1", "inform"), ("사람이랑 얘기할래요", "inform")):
        hear(text, intent)
    talk.act("hand_over", "상담원 연결", intent="talk_to_human")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["context"]["question"] == {"text": "특허 심판은 어디에 물어요?", "seq": asked}


def test_the_ticket_says_whether_the_user_waits_or_wants_a_call(talk: Talk) -> None:
    def wish(of: Talk) -> str | None:
        [ticket] = of.stores.tickets.of_conversation(of.id)
        found: str | None = ticket["context"]["wish"]
        return found

    talk.act("hand_over", "상담원 연결", intent="talk_to_human")
    assert wish(talk) is None  # nobody is there, and the user has not chosen yet
    chosen = [{"entity": "wish", "value": "wait"}]
    talk.act("hand_over", "/talk_to_human", intent="talk_to_human", entities=chosen)
    assert wish(talk) == "wait"
    for text in ("전화 주세요", "네", "010-1234-5678"):
        talk.say(text, "call_back")
    assert wish(talk) == "call_back"
    waits = Talk(talk.stores)
    talk.stores.tickets.seen(KIM)
    waits.act("hand_over", "사람이랑 얘기할래요", intent="talk_to_human")
    assert wish(waits) == "wait"
    calls = Talk(talk.stores)
    calls.act("hand_over", "전화로 연락 주세요", intent="talk_to_human")
    assert wish(calls) == "call_back"


@pytest.mark.parametrize(
    "text", ["그냥 봇한테 물어볼게요", "번호는 됐고 채팅으로 할게요", "그만할게요", "전화는 싫어요", "됐어요"]
)
@pytest.mark.parametrize("agreed", [False, True])
def test_a_call_back_can_be_left_at_any_moment(talk: Talk, text: str, agreed: bool) -> None:
    talk.say("전화 주세요", "call_back")
    if agreed:
        talk.say("네", "call_back")
    talk.say(text, "call_back")
    assert talk.asked is None
    assert talk.followed_by is None
    assert talk.stores.tickets.of_conversation(talk.id) == []


@pytest.mark.parametrize("agreed", [False, True])
def test_a_person_can_be_asked_for_in_a_call_back(talk: Talk, agreed: bool) -> None:
    talk.say("전화 주세요", "call_back")
    if agreed:
        talk.say("네", "call_back")
    talk.say("상담원이랑 얘기할래요", "call_back", intent="talk_to_human", confidence=0.9)
    assert (talk.asked, talk.followed_by) == (None, "action_hand_over")


@pytest.mark.parametrize("asked", ["call_back_consent", "call_back_phone"])
def test_a_question_in_a_call_back_is_answered_and_asked_again_twice(talk: Talk, asked: str) -> None:
    talk.say("전화 주세요", "call_back")
    if asked == "call_back_phone":
        talk.say("네", "call_back")
    for _ in range(2):
        said = talk.say("임치 수수료 얼마예요?", "call_back", intent="ask_program", confidence=0.9)
        assert (said[0], talk.asked) == ("(answer)", asked)
    assert talk.say("임치 수수료 얼마예요?", "call_back", intent="ask_program", confidence=0.9) == ["(answer)"]
    assert talk.asked is None


def test_what_the_user_turns_to_goes_on_after_a_call_back(talk: Talk) -> None:
    talk.say("전화 주세요", "call_back")
    talk.say("도면이 유출됐어요", "call_back", intent="report_leak", confidence=0.9)
    assert (talk.asked, talk.followed_by) == (None, "leak_report")


@pytest.mark.parametrize("agreed", [False, True])
def test_a_call_back_ends_when_nothing_can_be_read(talk: Talk, agreed: bool) -> None:
    talk.say("전화 주세요", "call_back")
    if agreed:
        talk.say("네", "call_back")
    for _ in range(3):
        assert talk.asked is not None
        talk.say("음…", "call_back")
    assert talk.asked is None


# --- a person after or beside a report


def test_an_urgent_report_cut_short_by_a_person_keeps_urgency_contacts_and_consent(talk: Talk) -> None:
    talk.say("국가핵심기술 도면을 직원이 USB에 담아 갔어요")
    talk.say("네")
    message = talk.hear("상담원 연결해 주세요", intent="talk_to_human", confidence=0.9)
    before = dict(talk.slots)
    for _ in range(2):  # the second time after everything was ended before Rasa had stored its tracker
        talk.slots = dict(before)
        talk.take(message)
        assert talk.followed_by == "action_hand_over"
        talk.run(hand_over.ActionHandOver(), message)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["urgent"]
    assert [row["contact"] for row in talk.stores.tickets.referrals(ticket["id"])] == [
        "consultation_center", "police", "industrial_technology_association",
    ]  # fmt: skip
    assert [row["purpose"] for row in talk.stores.tickets.consents_of(ticket["id"])] == ["report"]
    assert talk.stores.tickets.draft(talk.id) is None


def test_a_person_after_a_report_is_asked_for_with_its_ticket(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    [said] = talk.act("hand_over", "상담원이랑 얘기할래요", intent="talk_to_human", confidence=0.9)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["number"] in said
    talk.stores.tickets.seen(KIM)
    talk.act("hand_over", "상담원이랑 얘기할래요", intent="talk_to_human", confidence=0.9)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert (ticket["kind"], ticket["live"]) == ("leak", True)
    assert talk.stores.conversations.history(talk.id).status == "waiting"


def test_a_call_wished_after_a_report_uses_the_number_that_is_there(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    [said] = talk.act("hand_over", "전화로 연락 주세요", intent="talk_to_human", confidence=0.9)
    assert talk.followed_by is None
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["number"] in said
    assert (ticket["kind"], ticket["contact"]["phone"]) == ("leak", "010-0000-1111")
    assert talk.stores.tickets.trail(ticket["id"])[-1]["change"] == "ask_call_back"


def test_a_number_given_after_an_anonymous_report_goes_to_its_ticket(talk: Talk) -> None:
    talk.say(STORY)
    for answer in ["네", "메일 서버 기록", "아니요", "아니요", "익명으로 할게요", "아니요", "네"]:
        talk.say(answer)
    talk.act("hand_over", "전화로 연락 주세요", intent="talk_to_human", confidence=0.9)
    assert talk.followed_by == "call_back"
    for text in ("전화로 연락 주세요", "네", "010-1234-5678"):
        talk.say(text, "call_back")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert (ticket["kind"], ticket["anonymous"], ticket["contact"]) == ("leak", False, {"phone": "010-1234-5678"})


def test_a_report_that_is_open_is_not_begun_again_unasked(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    [said] = talk.say("도면이 유출됐다니까요", intent="report_leak", confidence=0.95)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    assert ticket["number"] in said
    assert talk.asked is None
    assert [button["payload"] for button in talk.messages[0]["buttons"]] == [
        "/talk_to_human", '/report_leak{"wish": "another"}',
    ]  # fmt: skip
    talk.say("다른 건으로 새로 신고할래요", intent="report_leak", confidence=0.95)
    assert talk.asked == "privacy_consent"


# --- looking up, one's own data


def test_number_and_pin_show_the_state(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    card = card_in(talk)
    other = Talk(talk.stores)
    assert "접수번호와 PIN" in other.say("접수 조회", "ticket_lookup")[0]
    assert "PIN 여섯 자리" in other.say(card["number"], "ticket_lookup")[0]
    [said] = other.say(card["pin"], "ticket_lookup")
    assert card["number"] in said
    assert "접수됨" in said
    assert other.asked is None


def test_number_and_pin_show_what_staff_wrote_last(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    talk.stores.tickets.claim(ticket["id"], KIM)
    for text in ("확인하고 있어요.", "접속 기록을 보관해 주세요."):
        talk.stores.tickets.reply(ticket["id"], KIM, [Outgoing("staff", text)])
    card, other = card_in(talk), Talk(talk.stores)
    other.say("접수 조회", "ticket_lookup")
    [said] = other.say(f"{card['number']} {card['pin']}", "ticket_lookup")
    assert "접속 기록을 보관해 주세요." in said
    assert "확인하고 있어요." not in said
    talk.stores.conversations.delete(talk.id)
    other.say("접수 조회", "ticket_lookup")
    [said] = other.say(f"{card['number']} {card['pin']}", "ticket_lookup")
    assert "접속 기록" not in said


def test_a_wrong_pin_and_a_wrong_number_look_alike(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    number = card_in(talk)["number"]
    other = Talk(talk.stores)
    said = [other.say(text, "ticket_lookup") for text in (f"{number} 000000", "AB-000000 000000")]
    assert said[0] == said[1]


def test_another_question_leaves_the_look_up(talk: Talk) -> None:
    talk.say("접수 조회", "ticket_lookup")
    assert talk.say("임치 수수료 얼마예요?", "ticket_lookup", intent="ask_program", confidence=0.9) == ["(answer)"]
    talk.say("접수 조회", "ticket_lookup")
    talk.say("신고할래요", "ticket_lookup", intent="report_leak", confidence=0.9)
    assert talk.followed_by == "leak_report"


def test_one_sees_and_deletes_ones_own_data(talk: Talk) -> None:
    report(talk)
    talk.say("네")
    [shown] = talk.act("privacy", "제 정보 보여주세요")
    assert all(value in shown for value in ("김예시", "010-0000-1111", "영업부장"))
    [sure] = talk.act("privacy", "내 정보 다 삭제해 주세요")
    assert "지울까요" in sure
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 1
    talk.act("privacy", "네", entities=[{"entity": "wish", "value": "delete_yes"}])
    assert talk.stores.tickets.of_conversation(talk.id) == []
    assert "김예시" not in json.dumps(talk.stored, ensure_ascii=False)


def test_a_question_about_deletion_deletes_nothing(talk: Talk) -> None:
    [said] = talk.act("privacy", "삭제하면 어떻게 되나요?")
    assert "보관" in said


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("전화번호를 010-9999-8888로 고쳐 주세요", ("phone", "010-9999-8888")),
        ("등록된 이메일 new@example.com으로 정정해 주세요", ("email", "new@example.com")),
        ("이름을 박예시로 바꿔 주세요", ("name", "박예시")),
        ("등록된 연락처를 고쳐주세요 개인정보 정정 요청입니다", None),
        ("날짜를 고쳐 주세요", None),
    ],
)
def test_contact_details_can_be_corrected_after_the_report(
    talk: Talk, text: str, detail: tuple[str, str] | None
) -> None:
    report(talk)
    talk.say("네")
    [said] = talk.act("privacy", text)
    [ticket] = talk.stores.tickets.of_conversation(talk.id)
    if detail is None:
        assert ticket["contact"]["phone"] == "010-0000-1111"
    else:
        assert ticket["contact"][detail[0]] == detail[1]
        assert detail[1] in said
        assert talk.stores.tickets.trail(ticket["id"])[-1]["change"] == "correct"


@pytest.mark.parametrize("limit", ["address", "total"])
def test_a_used_up_limit_makes_no_ticket_and_names_the_phone(
    talk: Talk, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"metadata": {"may_report": False}} if limit == "address" else {}
    if limit == "total":
        settings = talk.stores.settings.model_copy(update={"limit_tickets_total": 1})
        monkeypatch.setattr(hand_over, "get_stores", lambda: replace(talk.stores, settings=settings))
        monkeypatch.setattr(leak_report, "get_stores", lambda: replace(talk.stores, settings=settings))
        Talk(talk.stores).act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9)
    report(talk)
    said = talk.say("네", **more)
    said += talk.act("hand_over", "상담원 연결", intent="talk_to_human", confidence=0.9, **more)
    said += talk.act("hand_over", "전화로 연락 주세요", intent="talk_to_human", confidence=0.9, **more)
    assert talk.followed_by is None
    assert [("02-368-8787" in text) for text in said] == [True, True, True]
    assert talk.stores.tickets.of_conversation(talk.id) == []
    for text in ("전화 주세요", "네", "010-1234-5678"):
        said = talk.say(text, "call_back", **more)
    assert "02-368-8787" in said[0]
    assert talk.stores.tickets.of_conversation(talk.id) == []


def test_one_conversation_cannot_flood_the_centre(talk: Talk) -> None:
    for _ in range(5):
        report(talk)
        talk.say("네")
    report(talk)
    [said] = talk.say("네")
    assert "02-368-8787" in said
    assert len(talk.stores.tickets.of_conversation(talk.id)) == 5
