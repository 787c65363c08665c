"""The address of a printable result: what is known of the company, sealed into the link itself, readable with our key until a day."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import zlib
from typing import Any

from bot.conversations.encryption import Keyring
from bot.errors import DecryptionFailed, LinkExpired
from bot.recommendation_talk import Known

PATH = "/recommendations/"
PLACE = b"recommendation.link"
DAYS = 7
LONGEST = 4000


def seal(known: Known, keyring: Keyring, today: datetime.date) -> str:
    """Return the token of a link that shows this result for some days. Nobody without the key can make or read one."""
    kept = {
        "until": (today + datetime.timedelta(days=DAYS)).isoformat(),
        "facts": dict(known.facts),
        "name": known.industry_name,
    }
    plain = zlib.compress(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(keyring.encrypt(plain, PLACE)).decode().rstrip("=")


def unseal(token: str, keyring: Keyring, today: datetime.date) -> Known:
    """Return what the link was made of. Raises LinkExpired, for a token that is not ours as well: strangers learn nothing."""
    try:
        if len(token) > LONGEST:
            raise LinkExpired
        stored = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        kept: dict[str, Any] = json.loads(zlib.decompress(keyring.decrypt(stored, PLACE)))
    except (binascii.Error, ValueError, zlib.error, DecryptionFailed):
        raise LinkExpired from None
    if datetime.date.fromisoformat(kept["until"]) < today:
        raise LinkExpired
    return Known.from_json(kept["facts"], {"industry_name": kept["name"]})
