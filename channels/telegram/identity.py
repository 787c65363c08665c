"""Chats are found by a keyed hash of their id, so that a stolen database does not tell who wrote."""

import hashlib
import hmac
from collections.abc import Sequence

from bot.conversations.encryption import parse_keys, read_or_create
from bot.settings import Settings

PURPOSE = b"telegram chat"


class ChatKeys:
    """Hashes of chat ids, with the newest key first; older ones still find what was stored before a rotation."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, PURPOSE, hashlib.sha256) for key in keys]

    def of(self, chat_id: int) -> list[bytes]:
        """Return the hashes under which a chat may be stored, the one to use first."""
        return [hmac.digest(key, str(chat_id).encode(), hashlib.sha256) for key in self._keys]


def load_chat_keys(settings: Settings) -> ChatKeys:
    """Return hashes made with the encryption keys of the settings. Raises SettingsError."""
    given = settings.encryption_keys.get_secret_value()
    return ChatKeys(list(parse_keys(given or read_or_create(settings.var_dir / "keys" / "encryption.keys")).values()))
