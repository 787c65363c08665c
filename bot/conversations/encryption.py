"""Columns that are readable with the key only (AES-256-GCM).

A stored value is: one byte key version, 12 bytes nonce, ciphertext with tag. The column's name is authenticated with it, so that a
value copied into another column does not open.
"""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.errors import DecryptionFailed, SettingsError
from bot.settings import Settings, get_settings

KEY_BYTES = 32
NONCE_BYTES = 12


class Keyring:
    """The keys by version; the first one encrypts, all of them decrypt."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self.version = next(iter(keys))
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}

    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        """Return the stored form of a value of the column `place`."""
        nonce = os.urandom(NONCE_BYTES)
        return bytes([self.version]) + nonce + self._ciphers[self.version].encrypt(nonce, plain, place)

    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        """Return the value. Raises DecryptionFailed when the key is unknown or the value was changed."""
        cipher = self._ciphers.get(stored[0]) if stored else None
        if cipher is None:
            raise DecryptionFailed(f"{place.decode()}: no key of version {stored[0] if stored else '?'}.")
        try:
            return cipher.decrypt(stored[1 : 1 + NONCE_BYTES], stored[1 + NONCE_BYTES :], place)
        except (InvalidTag, ValueError):  # ValueError: cut short
            raise DecryptionFailed(f"{place.decode()}: the value does not open with key {stored[0]}.") from None


def parse_keys(text: str) -> dict[int, bytes]:
    """Return the keys of "version:key,version:key" (or one a line). Raises SettingsError."""
    keys: dict[int, bytes] = {}
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        version, _, encoded = part.strip().partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except (binascii.Error, ValueError):
            key = b""
        if not version.isdecimal() or not 1 <= int(version) <= 255 or len(key) != KEY_BYTES or int(version) in keys:
            raise SettingsError(
                "ULTARI_ENCRYPTION_KEYS: write version:key,version:key with versions 1 to 255, each once, and keys of "
                f"{KEY_BYTES} bytes in URL-safe base64. Make one: python -m bot.conversations.encryption"
            )
        keys[int(version)] = key
    if not keys:
        raise SettingsError("ULTARI_ENCRYPTION_KEYS: no key in it.")
    return keys


def make_key() -> str:
    """Return a new random key in the form in which it is written down."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


def read_or_create(path: Path) -> str:
    """Return what the key file holds; the first process to come makes it, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"1:{make_key()}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all: gateway and action server may start in the same moment.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others. Run: chmod 600 {path}")
    return path.read_text()


def load_keyring(settings: Settings) -> Keyring:
    """Return the keys of ULTARI_ENCRYPTION_KEYS, or of var/keys/encryption.keys. Raises SettingsError."""
    given = settings.encryption_keys.get_secret_value()
    return Keyring(parse_keys(given or read_or_create(settings.var_dir / "keys" / "encryption.keys")))


_in_use: Keyring | None = None


def use_keyring(keyring: Keyring) -> None:
    """From now on encrypt and decrypt columns with these keys."""
    global _in_use
    _in_use = keyring


@lru_cache(maxsize=1)
def _default_keyring() -> Keyring:
    return load_keyring(get_settings())


class EncryptedJson(TypeDecorator[Any]):
    """A column that holds any JSON value, encrypted. `place` is its name, as "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return (_in_use or _default_keyring()).encrypt(plain, self.place.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return json.loads((_in_use or _default_keyring()).decrypt(value, self.place.encode()))


if __name__ == "__main__":
    print(f"1:{make_key()}")
