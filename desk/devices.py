"""Browsers that an account signed in with before; their sign-ins are not slowed by what strangers try."""

import base64
import binascii
import json
import secrets

from bot.conversations.encryption import Keyring
from bot.errors import DecryptionFailed

PLACE = b"desk.device"
LIFETIME_SECONDS = 180 * 24 * 3600
LONGEST = 512


def issue(keyring: Keyring, name: str) -> str:
    """Return the value of a device cookie for this account."""
    plain = json.dumps([secrets.token_hex(16), name]).encode()
    return base64.urlsafe_b64encode(keyring.encrypt(plain, PLACE)).decode()


def read(keyring: Keyring, cookie: str | None, name: str) -> str | None:
    """Return the id of the browser if the cookie was issued for this account, else None."""
    if not cookie or len(cookie) > LONGEST:
        return None
    try:
        device, owner = json.loads(keyring.decrypt(base64.urlsafe_b64decode(cookie), PLACE))
    except (binascii.Error, DecryptionFailed, ValueError, TypeError):
        return None
    return str(device) if owner == name else None
