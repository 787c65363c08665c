"""A chain of records in which an edit shows: each one carries the hash of the one before it. Pure.

The hashes are stored encrypted (see `EncryptedJson`), so that nobody without the key can write a new chain that fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

START = "0" * 64


def link(previous: str, record: Mapping[str, Any]) -> str:
    """Return the hash of a record that follows the one with the hash `previous`."""
    plain = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{plain}".encode()).hexdigest()


def first_break(records: Iterable[tuple[Mapping[str, Any], str]]) -> int | None:
    """Return the place (from 0) of the first record whose stored hash does not follow from what is before it, or None."""
    previous = START
    for place, (record, stored) in enumerate(records):
        if link(previous, record) != stored:
            return place
        previous = stored
    return None
