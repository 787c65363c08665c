"""What a person on Telegram sees: answers, commands, buttons, and what the bot does not take."""

import time

import pytest

from bot.conversations.store import Outgoing
from channels.telegram import words
from tests.channels.running_gateway import RasaServer
from tests.telegram import script
from tests.telegram.bot_api import BotApi, User, units
from tests.telegram.conftest import in_both_modes
from tests.telegram.running_channel import Channel


def until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)


@in_both_modes
def test_a_question_is_answered_and_stored(channel: Channel, user: User) -> None:
    user.says("기술임치가 뭐예요?")
    assert user.last().text == "“기술임치가 뭐예요?” 들었어요."
    assert channel.texts(user.chat) == [("user", "기술임치가 뭐예요?"), ("bot", "“기술임치가 뭐예요?” 들었어요.")]
    assert channel.talks.channel(channel.conversation(user.chat)) == "telegram"


def test_the_menu_is_in_korean(channel: Channel, api: BotApi) -> None:
    names = [command["command"] for command in api.commands]
    assert names == ["start", "programs", "recommend", "report", "status", "human", "privacy", "cancel", "help"]
    assert all(any("가" <= char <= "힣" for char in command["description"]) for command in api.commands)


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", "/greet"),
        ("/programs", "/list_programs"),
        ("/recommend@gisul_test_bot", "/ask_recommendation"),
        ("/report", "/report_leak"),
        ("/status", "/ticket_status"),
        ("/human", "/talk_to_human"),
        ("/cancel", "/cancel_or_stop"),
        ("/start report", "/report_leak"),
        ("/start recommend", "/ask_recommendation"),
        ("/start nonsense", "/greet"),
    ],
)
def test_a_command_or_deep_link_reaches_rasa(
    channel: Channel, rasa: RasaServer, user: User, text: str, payload: str
) -> None:
    user.says(text)
    user.got()
    sender = channel.conversation(user.chat)
    assert [body["message"] for body in rasa.received if body["sender"] == sender] == [payload]


@pytest.mark.parametrize("text", ["/restart", '/inform{"company_size": "sme"}', "／report_leak", "/session_start"])
def test_no_other_command_reaches_rasa_as_one(rasa: RasaServer, user: User, text: str) -> None:
    before = len(rasa.received)
    user.says(text)
    user.got()
    assert not any(body["message"].startswith(("/", "／")) for body in rasa.received[before:])


@pytest.mark.parametrize(("text", "part"), [("/help", "/report"), ("/privacy", "해외"), ("/nonsense", "/help")])
def test_the_channel_itself_answers(channel: Channel, user: User, text: str, part: str) -> None:
    user.says(text)
    assert part in user.last().text
    assert channel.texts(user.chat)[-1][0] == "system"


def test_one_answer_is_one_message(user: User) -> None:
    user.says("여러 개")
    sent = user.last()
    assert sent.text == "하나\n\n둘\n\n셋"
    assert sent.titles == ["넷"]
    time.sleep(0.5)
    assert len(user.got()) == 1


@in_both_modes
def test_a_result_is_complete_as_text(user: User) -> None:
    user.says("/recommend")
    user.presses(user.last(), "중소기업")
    user.presses(user.last(2), "제조업")
    sent = user.last(3)
    assert "기술자료 임치" in sent.text
    assert "· 중소기업: 맞아요" in sent.text
    assert "· 휴업·폐업이 아닐 것: 확인이 필요해요" in sent.text
    assert "기술자료임치센터 02-368-8484" in sent.text
    assert "☎ +82-2-368-8484" in sent.text
    source = next(entity for entity in sent.entities if entity["type"] == "italic")
    assert sent.text.encode("utf-16-le")[2 * source["offset"] :].decode("utf-16-le").startswith("출처: 안내 책자")


def test_phone_numbers_can_be_tapped_but_not_the_users_own(user: User) -> None:
    user.says("전화번호")
    assert user.last().text.endswith("☎ +82-2-368-8787 · +82-2-3489-7000")


def test_a_long_text_is_split_at_paragraphs(user: User) -> None:
    user.says("긴 글")
    count = 2 + units(script.LONG) // 4096
    sent = user.got(count - 1)
    time.sleep(1.5)
    sent = user.got(count - 1)
    assert "".join("".join(s.text for s in sent).split()) == "".join(script.LONG.split())
    assert all(s.text.endswith((".", "요.")) for s in sent)
    assert [s.titles for s in sent[:-1]] == [[]] * (len(sent) - 1)
    assert sent[-1].titles == ["다음"]


def test_what_looks_like_markup_stays_text(user: User) -> None:
    user.says("흉내")
    sent = user.last()
    assert sent.text.startswith(script.FORGED)
    assert {entity["type"] for entity in sent.entities} <= {"italic"}


def test_buttons_without_text_get_a_text(user: User) -> None:
    user.says("버튼만")
    assert user.last().text == "아래에서 골라 주세요."


def test_buttons_carry_opaque_ids_one_or_two_a_row(user: User) -> None:
    user.says("/start")
    rows = user.last().markup["inline_keyboard"]
    assert [[b["text"] for b in row] for row in rows] == [["우리 회사에 맞는 사업 찾기"], ["전체 사업", "신고 접수"]]
    for row in rows:
        for button in row:
            assert len(button["callback_data"].encode()) <= 64
            assert "/" not in button["callback_data"]


@in_both_modes
def test_a_choice_of_a_form_shows_what_was_chosen_and_expires(api: BotApi, channel: Channel, user: User) -> None:
    user.says("/recommend")
    question = user.last()
    old = question.button("중견기업")["callback_data"]
    query = user.presses(question, "중소기업")
    user.got(2)
    until(lambda: question.titles == ["✔ 중소기업"])
    assert query in api.answered
    late = user.presses_data(question, old)
    until(lambda: late in api.answered)
    assert "만료된 버튼" in api.answered[late]["text"]
    chosen = user.presses(question, "✔ 중소기업")
    until(lambda: chosen in api.answered)
    assert [who for who, _ in channel.texts(user.chat)].count("user") == 2


@in_both_modes
def test_a_plain_button_works_again_later_but_a_double_tap_once(api: BotApi, channel: Channel, user: User) -> None:
    user.says("/start")
    menu = user.last()
    queries = [user.presses(menu, "전체 사업"), user.presses(menu, "전체 사업")]
    user.got(2)
    until(lambda: all(query in api.answered for query in queries))
    assert channel.texts(user.chat).count(("user", "전체 사업")) == 1
    time.sleep(2.2)
    user.presses(menu, "전체 사업")
    user.got(3)
    assert channel.texts(user.chat).count(("user", "전체 사업")) == 2


@pytest.mark.parametrize(
    "data", ["", "c.unknown", "f.-.x", "x.nothing", "/report_leak", "c.가나다", "c.a.b.c", "x" * 64]
)
def test_buttons_that_are_not_ours_are_answered_as_expired(api: BotApi, user: User, data: str) -> None:
    user.says("/start")
    query = user.presses_data(user.last(), data)
    until(lambda: query in api.answered)
    assert "만료된 버튼" in api.answered[query]["text"]
    assert len(user.got()) == 1


def test_a_button_of_anothers_chat_does_nothing(api: BotApi, user: User) -> None:
    other = api.user(user.chat + 1_000_000)
    other.says("/start")
    user.says("/start")
    user.got()
    query = user.presses_data(user.last(), other.last().button("전체")["callback_data"])
    until(lambda: query in api.answered)
    assert "만료된 버튼" in api.answered[query]["text"]


def test_a_button_whose_message_is_too_old_still_works(api: BotApi, user: User) -> None:
    user.says("/start")
    data = user.last().button("전체")["callback_data"]
    api.queries.add("old")
    api.push(callback_query={"id": "old", "from": user.person, "chat_instance": "1", "data": data})
    assert user.last(2).text == "지원사업은 14개예요."


def test_a_press_after_an_outage_counts_although_it_cannot_be_answered(api: BotApi, user: User) -> None:
    user.says("/start")
    menu = user.last()
    query = user.presses(menu, "전체 사업")
    api.queries.discard(query)
    assert user.last(2).text == "지원사업은 14개예요."


@in_both_modes
def test_an_edit_is_not_a_new_turn(channel: Channel, rasa: RasaServer, user: User) -> None:
    user.says("처음 글")
    user.got()
    user.edits("고친 글")
    assert "새로 적어 주세요" in user.last(2).text
    assert "고친 글" not in rasa.messages
    assert ("user", "고친 글") not in channel.texts(user.chat)


FILES = {
    "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}],
    "document": {"file_id": "a", "file_unique_id": "b", "file_name": "도면.dwg"},
    "voice": {"file_id": "a", "file_unique_id": "b", "duration": 3},
    "sticker": {
        "file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "is_animated": False, "is_video": False, "type": "regular",
    },
    "location": {"latitude": 37.5, "longitude": 127.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
@in_both_modes
def test_files_get_a_clear_answer_and_are_not_kept(channel: Channel, rasa: RasaServer, user: User, kind: str) -> None:
    before = len(rasa.received)
    caption = {"caption": "도면 첨부합니다"} if kind in ("photo", "document") else {}
    user.sends(**{kind: FILES[kind]}, **caption)
    assert "받지 못하고" in user.last().text
    assert [who for who, _ in channel.texts(user.chat)] == ["system"]
    assert len(rasa.received) == before


@in_both_modes
def test_pictures_sent_together_get_one_answer(channel: Channel, user: User) -> None:
    for album in ("album1", "album1", "album1", "album2"):
        user.sends(photo=FILES["photo"], media_group_id=album)
    user.says("끝")
    user.got()
    until(lambda: channel.texts(user.chat)[-1][1] == "“끝” 들었어요.")
    assert [text for who, text in channel.texts(user.chat) if "받지 못하고" in text] == [words.NO_FILES] * 2


@in_both_modes
def test_bots_and_channels_are_not_listened_to(api: BotApi, rasa: RasaServer, user: User) -> None:
    before = len(rasa.received)
    robot = {"id": 99, "is_bot": True, "first_name": "봇"}
    api.push(message=user.message(text="봇이 보낸 말") | {"from": robot})
    api.push(message=user.message(text="다른 봇을 거친 말", via_bot=robot))
    channel = {"id": -1001234567890, "type": "channel", "title": "채널"}
    api.push(channel_post={"message_id": 1, "date": 1, "chat": channel, "text": "채널 글"})
    user.says("사람이 보낸 말")
    assert user.last().text == "“사람이 보낸 말” 들었어요."
    assert [body["message"] for body in rasa.received[before:]] == ["사람이 보낸 말"]


def test_a_group_gets_one_hint_and_nothing_is_stored(
    api: BotApi, channel: Channel, rasa: RasaServer, user: User
) -> None:
    before = len(rasa.received)
    group = {"id": -4_001, "type": "group", "title": "우리 회사 <b>비밀</b>"}
    api.known.add(-4_001)
    for text in ("/start", "우리 도면이 유출됐어요", "/report"):
        api.push(message=user.message(text=text) | {"chat": group})
    user.says("여기는 1:1")
    user.got()
    until(lambda: len(api.to(-4_001)) == 1)
    assert "1:1" in api.to(-4_001)[0].text
    assert len(rasa.received) == before + 1
    kept = channel.store.find(-4_001)
    assert kept is not None
    assert (kept.id, kept.conversation_id) == (0, None)  # that it got the hint, under a hash


@pytest.mark.parametrize("text", ["\u200b", "   ", "\u202e\u2066"])
def test_a_text_without_letters_gets_a_clear_answer(user: User, text: str) -> None:
    user.says(text)
    assert "읽을 수 있는 글자가 없어요" in user.last().text


@in_both_modes
def test_a_text_that_is_too_long_gets_a_clear_answer(channel: Channel, user: User) -> None:
    user.says("가" * 2001)
    assert "2000자" in user.last().text
    assert len(channel.texts(user.chat)) == 1


def test_a_resident_number_is_hidden_before_it_is_stored(channel: Channel, user: User) -> None:
    user.says("제 번호는 900101-1234568 이에요")
    assert "주민등록번호" in user.last().text
    assert "1234568" not in str(channel.texts(user.chat))


@in_both_modes
def test_the_phone_question_offers_the_own_contact(channel: Channel, rasa: RasaServer, user: User) -> None:
    user.says("/report")
    user.presses(user.last(), "동의해요")
    question = user.last(2)
    buttons = [button for row in question.markup["keyboard"] for button in row]
    assert buttons == [{"text": "내 전화번호 보내기", "request_contact": True}, {"text": "건너뛰기"}]
    user.shares("+821099990000", own=False)
    assert "본인 연락처가 아니라서" in user.last(3).text
    assert "9999" not in str(channel.texts(user.chat))
    user.shares("821012345678")
    mail = user.last(5)
    assert user.got()[-2].markup == {"remove_keyboard": True}
    assert mail.titles == ["건너뛰기"]
    assert rasa.messages[-1] == "010-1234-5678"
    user.shares("821012345678")
    assert "여쭤보지 않았어요" in user.last(6).text


@in_both_modes
def test_a_phone_number_can_be_typed_or_left_out(channel: Channel, rasa: RasaServer, user: User) -> None:
    user.says("/report")
    user.presses(user.last(), "동의해요")
    user.got(2)
    user.says("건너뛰기")
    done = user.last(3)
    assert rasa.messages[-1] == "/skip"
    assert "접수번호 KM-482913" in done.text
    assert done.markup == {"remove_keyboard": True}


def test_before_a_report_the_web_is_offered(user: User) -> None:
    user.says("/report")
    question = user.last()
    assert "해외 서버" in question.text
    user.presses(question, "누리집 상담창")
    assert "10분 동안 한 번만" in user.last(2).text


@in_both_modes
def test_staff_is_heard_on_telegram(channel: Channel, rasa: RasaServer, user: User) -> None:
    user.says("상담원이요")
    user.got()
    conversation = channel.conversation(user.chat)
    channel.talks.append(conversation, [Outgoing("system", "상담원과 연결됐어요.")], status="human")
    user.got(2)
    before, started = len(rasa.received), time.monotonic()
    channel.talks.append(conversation, [Outgoing("staff", "안녕하세요, 상담원입니다.")])
    sent = user.last(3)
    assert sent.text == "상담원\n안녕하세요, 상담원입니다."
    assert time.monotonic() - started < 3
    user.says("네, 안녕하세요")
    user.says("/start")
    assert "상담원과 이어져 있어요" in user.last(4).text
    assert len(rasa.received) == before
    assert ("user", "네, 안녕하세요") in channel.texts(user.chat)


def test_typing_is_shown_while_the_bot_thinks(api: BotApi, rasa: RasaServer, user: User) -> None:
    rasa.seconds = 1.0
    user.says("오래 걸리는 질문")
    user.got()
    rasa.seconds = 0.0
    assert any(params["chat_id"] == str(user.chat) for params in api.called("sendChatAction"))


@in_both_modes
def test_rasa_is_away(rasa: RasaServer, user: User) -> None:
    rasa.status = 500
    user.says("답이 없을 질문")
    text = user.last().text
    rasa.status = 200
    assert "답변을 드리기 어려워요" in text
    assert "+82-2-368-8787" in text


def test_a_closed_talk_begins_anew(channel: Channel, user: User) -> None:
    user.says("첫 상담")
    user.got()
    first = channel.conversation(user.chat)
    channel.talks.append(first, [Outgoing("system", "상담을 마쳤어요.")], status="closed")
    user.got(2)
    user.says("새 상담")
    assert user.last(3).text == "“새 상담” 들었어요."
    assert channel.conversation(user.chat) != first


@in_both_modes
def test_a_deleted_talk_begins_anew(api: BotApi, channel: Channel, user: User) -> None:
    user.says("/start")
    menu = user.last()
    channel.talks.delete(channel.conversation(user.chat))
    query = user.presses(menu, "전체 사업")
    until(lambda: query in api.answered)
    assert "만료된 버튼" in api.answered[query]["text"]
    user.says("다시 왔어요")
    assert user.last(2).text == "“다시 왔어요” 들었어요."
