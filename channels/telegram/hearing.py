"""What an update of Telegram means for us. Pure; only what is needed goes on: no names, no files, nothing said in a group."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import phonenumbers
from telegram import Chat, ChatMember, ChatMemberUpdated, Message, Update

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]+)?(?:\s+(.*))?", re.DOTALL)
# What the user did not say, but the chat did: a pinned message, a changed timer.
SERVICE = (
    *("pinned_message", "message_auto_delete_timer_changed", "chat_background_set", "write_access_allowed"),
    *("new_chat_title", "new_chat_photo", "delete_chat_photo", "boost_added", "proximity_alert_triggered"),
)


class Kind(StrEnum):
    """What happened."""

    TEXT = "text"
    COMMAND = "command"
    PRESS = "press"  # a button
    CONTACT = "contact"  # the sender's own phone number
    OTHERS_CONTACT = "others_contact"
    FILE = "file"  # anything that is no text: photo, voice, sticker, place …
    EDITED = "edited"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    GROUP = "group"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Heard:
    """One update in our form. `chat` is the private chat, 0 where there is none to answer in."""

    update_id: int
    kind: Kind
    chat: int = 0
    text: str = ""  # text, phone number, the command's argument, or what the button carries
    command: str = ""
    query: str = ""  # the callback query to answer
    message: int = 0  # the message with the button
    album: str = ""  # pictures that were sent together

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Heard":
        return cls(**stored | {"kind": Kind(stored["kind"])})


def hear(update: Update) -> Heard:
    """Return what an update means."""
    if update.callback_query is not None:
        return _press(update)
    if update.my_chat_member is not None:
        return _membership(update.update_id, update.my_chat_member)
    if update.edited_message is not None:
        edited = update.edited_message
        # A live place moves by "edits"; only changed words are worth a word.
        told = _is_person_in_private(edited) and bool(edited.text)
        return Heard(update.update_id, Kind.EDITED, edited.chat.id) if told else _nothing(update)
    if update.message is not None:
        return _message(update.update_id, update.message)
    return _nothing(update)


def _nothing(update: Update) -> Heard:
    return Heard(update.update_id, Kind.NOTHING)


def _is_person_in_private(message: Message) -> bool:
    sender = message.from_user
    return message.chat.type == Chat.PRIVATE and sender is not None and not sender.is_bot and message.via_bot is None


def _press(update: Update) -> Heard:
    query = update.callback_query
    assert query is not None
    chat = query.message.chat if query.message is not None else None
    if query.from_user.is_bot or (chat is not None and chat.type != Chat.PRIVATE):
        return Heard(update.update_id, Kind.PRESS, query=query.id)  # answered, no more
    # In a private chat both ids are the same; a message that is too old comes without its chat.
    message = query.message.message_id if query.message is not None else 0
    return Heard(
        update.update_id, Kind.PRESS, query.from_user.id, text=query.data or "", query=query.id, message=message
    )


def _membership(update_id: int, change: ChatMemberUpdated) -> Heard:
    if change.chat.type != Chat.PRIVATE:
        joined = change.new_chat_member.status in (ChatMember.MEMBER, ChatMember.ADMINISTRATOR)
        kind = Kind.GROUP if joined and change.chat.type != Chat.CHANNEL else Kind.NOTHING
        return Heard(update_id, kind, change.chat.id if kind is Kind.GROUP else 0)
    blocked = change.new_chat_member.status == ChatMember.BANNED
    return Heard(update_id, Kind.BLOCKED if blocked else Kind.UNBLOCKED, change.chat.id)


def _message(update_id: int, message: Message) -> Heard:
    chat = message.chat.id
    if message.chat.type in (Chat.GROUP, Chat.SUPERGROUP):
        told = message.from_user is not None and not message.from_user.is_bot
        return Heard(update_id, Kind.GROUP, chat) if told else Heard(update_id, Kind.NOTHING)
    if not _is_person_in_private(message):
        return Heard(update_id, Kind.NOTHING)
    if message.text is not None:
        command = COMMAND.fullmatch(message.text.strip())
        if command is not None:
            return Heard(update_id, Kind.COMMAND, chat, (command[2] or "").strip(), command[1].lower())
        return Heard(update_id, Kind.TEXT, chat, message.text)
    if message.contact is not None:
        assert message.from_user is not None
        if message.contact.user_id != message.from_user.id:
            return Heard(update_id, Kind.OTHERS_CONTACT, chat)
        return Heard(update_id, Kind.CONTACT, chat, phone_as_written(message.contact.phone_number))
    if any(getattr(message, name, None) for name in SERVICE):
        return Heard(update_id, Kind.NOTHING)
    return Heard(update_id, Kind.FILE, chat, album=message.media_group_id or "")


def phone_as_written(number: str) -> str:
    """Return a phone number as it is written in Korea ("+821012345678" gives "010-1234-5678"), others in full."""
    try:
        parsed = phonenumbers.parse(number if number.startswith(("+", "0")) else f"+{number}", "KR")
    except phonenumbers.NumberParseException:
        return number[:32]
    kind = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, kind.NATIONAL if parsed.country_code == 82 else kind.INTERNATIONAL)
