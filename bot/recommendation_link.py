"""The address of a printable result: what is known of the company, sealed into the link itself, readable with our key until a day."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import zlib
from typing import Any

from bot.conversations.encryption import Keyring
from bot.eligibility import UNKNOWN
from bot.errors import DecryptionFailed, LinkExpired
from bot.knowledge import BUSINESS_STATUSES, FACTS, SIZES, Knowledge
from bot.recommendation_talk import Known

PATH = "/recommendations/"
PLACE = b"recommendation.link"
DAYS = 7
LONGEST = 4000


def seal(known: Known, keyring: Keyring, knowledge: Knowledge, today: datetime.date) -> str:
    """Return the token of a link that shows this result for some days. Nobody without the key can make or read one."""
    words = _words(knowledge)
    facts = {}
    for place, fact in enumerate(FACTS):
        value = known.facts.get(fact)
        if value is not None:
            facts[place] = [words.index(one) for one in value] if isinstance(value, list) else _code(value, words)
    until = (today + datetime.timedelta(days=DAYS)).toordinal()
    kept = [_fingerprint(words), until, known.industry_name or "", *(part for pair in facts.items() for part in pair)]
    plain = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(keyring.encrypt(plain, PLACE)).decode().rstrip("=")


def unseal(token: str, keyring: Keyring, knowledge: Knowledge, today: datetime.date) -> Known:
    """Return what the link was made of. Raises LinkExpired, for a token that is not ours as well: strangers learn nothing."""
    try:
        if len(token) > LONGEST:
            raise LinkExpired
        stored = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        fingerprint, until, name, *pairs = json.loads(keyring.decrypt(stored, PLACE))
    except (binascii.Error, ValueError, DecryptionFailed):
        raise LinkExpired from None
    words = _words(knowledge)
    # The numbers mean words of company.yml: after it was changed, an old link would say something else.
    if fingerprint != _fingerprint(words) or until < today.toordinal():
        raise LinkExpired
    names = list(FACTS)
    facts = {
        names[place]: [words[one] for one in code] if isinstance(code, list) else _value(code, words)
        for place, code in zip(pairs[::2], pairs[1::2], strict=True)
    }
    return Known.from_json(facts, {"industry_name": name or None})


def _words(knowledge: Knowledge) -> list[str]:
    """Return every word that a fact may have as its value, in a fixed order."""
    vocabulary = (knowledge.needs, knowledge.industries, knowledge.certifications)
    return [UNKNOWN, *SIZES, *BUSINESS_STATUSES, *(key for words in vocabulary for key in words)]


def _fingerprint(words: list[str]) -> int:
    return zlib.crc32(json.dumps([words, list(FACTS)]).encode())


def _code(value: Any, words: list[str]) -> Any:
    """Return a value in short: yes and no as they are, a word as its number, a number as text."""
    if isinstance(value, bool):
        return value
    return str(value) if isinstance(value, int) else words.index(value)


def _value(code: Any, words: list[str]) -> Any:
    if isinstance(code, bool):
        return code
    return int(code) if isinstance(code, str) else words[code]
