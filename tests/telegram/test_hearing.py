"""What an update means, from updates as Telegram sends them."""

from typing import Any

import pytest
from telegram import Bot, Update

from channels.telegram.hearing import Heard, Kind, hear, phone_as_written

PERSON = {"id": 42, "is_bot": False, "first_name": "<b>홍</b>", "username": "hong", "language_code": "ko"}
ROBOT = {"id": 43, "is_bot": True, "first_name": "봇"}
PRIVATE = {"id": 42, "type": "private", "first_name": "<b>홍</b>"}
GROUP = {"id": -100, "type": "supergroup", "title": "모임"}
CHANNEL = {"id": -200, "type": "channel", "title": "소식"}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1_763_000_000, "chat": PRIVATE, "from": PERSON} | content


def query(**content: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "from": PERSON,
        "chat_instance": "5",
        "data": "c.abc",
        "message": message(text="질문"),
    } | content


def membership(chat: dict[str, Any], new: str) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        return {"status": status, "user": ROBOT} | ({"until_date": 0} if status == "kicked" else {})

    return {"chat": chat, "from": PERSON, "date": 1, "old_chat_member": member("left"), "new_chat_member": member(new)}


CASES = {
    "글": ({"message": message(text="안녕하세요 /start")}, Heard(1, Kind.TEXT, 42, "안녕하세요 /start")),
    "명령": ({"message": message(text="/report")}, Heard(1, Kind.COMMAND, 42, "", "report")),
    "이름이 붙은 명령": ({"message": message(text=" /Start@gisul_bot  report ")}, Heard(1, Kind.COMMAND, 42, "report", "start")),
    "명령이 아닌 빗금": ({"message": message(text="/신고")}, Heard(1, Kind.TEXT, 42, "/신고")),
    "빗금 뒤 JSON": ({"message": message(text='/a{"b": 1}')}, Heard(1, Kind.TEXT, 42, '/a{"b": 1}')),
    "버튼": ({"callback_query": query()}, Heard(1, Kind.PRESS, 42, "c.abc", query="q1", message=7)),
    "너무 오래된 메시지의 버튼": (
        {"callback_query": query(message={"chat": PRIVATE, "message_id": 7, "date": 0})},
        Heard(1, Kind.PRESS, 42, "c.abc", query="q1", message=7),
    ),
    "데이터 없는 버튼": ({"callback_query": query(data=None)}, Heard(1, Kind.PRESS, 42, "", query="q1", message=7)),
    "모임의 버튼": ({"callback_query": query(message=message(text="x", chat=GROUP))}, Heard(1, Kind.PRESS, query="q1")),
    "봇이 누른 버튼": ({"callback_query": query(**{"from": ROBOT})}, Heard(1, Kind.PRESS, query="q1")),
    "자기 연락처": (
        {"message": message(contact={"phone_number": "821012345678", "first_name": "홍", "user_id": 42})},
        Heard(1, Kind.CONTACT, 42, "010-1234-5678"),
    ),
    "남의 연락처": (
        {"message": message(contact={"phone_number": "821012345678", "first_name": "김", "user_id": 43})},
        Heard(1, Kind.OTHERS_CONTACT, 42),
    ),
    "텔레그램을 쓰지 않는 사람의 연락처": (
        {"message": message(contact={"phone_number": "821012345678", "first_name": "김"})},
        Heard(1, Kind.OTHERS_CONTACT, 42),
    ),
    "주사위": ({"message": message(dice={"emoji": "🎲", "value": 3})}, Heard(1, Kind.FILE, 42)),
    "함께 보낸 사진": (
        {"message": message(photo=[{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}], media_group_id="7")},
        Heard(1, Kind.FILE, 42, album="7"),
    ),
    "고정한 메시지": ({"message": message(pinned_message=message(text="x"))}, Heard(1, Kind.NOTHING)),
    "고친 글": ({"edited_message": message(text="고침", edit_date=2)}, Heard(1, Kind.EDITED, 42)),
    "움직이는 위치": ({"edited_message": message(location={"latitude": 1.0, "longitude": 2.0})}, Heard(1, Kind.NOTHING)),
    "고친 모임 글": ({"edited_message": message(text="x", chat=GROUP)}, Heard(1, Kind.NOTHING)),
    "모임": ({"message": message(text="비밀", chat=GROUP)}, Heard(1, Kind.GROUP, -100)),
    "모임의 봇": ({"message": message(text="x", chat=GROUP, **{"from": ROBOT})}, Heard(1, Kind.NOTHING)),
    "채널 글": ({"channel_post": message(text="x", chat=CHANNEL)}, Heard(1, Kind.NOTHING)),
    "봇의 글": ({"message": message(text="x", **{"from": ROBOT})}, Heard(1, Kind.NOTHING)),
    "다른 봇을 거친 글": ({"message": message(text="x", via_bot=ROBOT)}, Heard(1, Kind.NOTHING)),
    "차단": ({"my_chat_member": membership(PRIVATE, "kicked")}, Heard(1, Kind.BLOCKED, 42)),
    "차단 해제": ({"my_chat_member": membership(PRIVATE, "member")}, Heard(1, Kind.UNBLOCKED, 42)),
    "모임에 초대": ({"my_chat_member": membership(GROUP, "member")}, Heard(1, Kind.GROUP, -100)),
    "모임에서 나감": ({"my_chat_member": membership(GROUP, "left")}, Heard(1, Kind.NOTHING)),
    "모르는 것": ({"poll_answer": {"poll_id": "1", "user": PERSON, "option_ids": [0], "option_persistent_ids": ["a"]}}, Heard(1, Kind.NOTHING)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_update_is_understood(name: str) -> None:
    raw, expected = CASES[name]
    update = Update.de_json({"update_id": 1} | raw, Bot("1:x"))
    assert hear(update) == expected


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept_comes_back_and_holds_no_name(name: str) -> None:
    _, heard = CASES[name]
    assert Heard.from_json(heard.as_json()) == heard
    assert "홍" not in str(heard.as_json())


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("821012345678", "010-1234-5678"),
        ("+821012345678", "010-1234-5678"),
        ("01012345678", "010-1234-5678"),
        ("+8223688787", "02-368-8787"),
        ("+12125550123", "+1 212-555-0123"),
        ("가나다", "가나다"),
    ],
)
def test_a_phone_number_is_written_as_in_korea(number: str, written: str) -> None:
    assert phone_as_written(number) == written
