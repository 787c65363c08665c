"""Receipt numbers and PINs: what a person writes down to ask later what became of it."""

from __future__ import annotations

import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Letters that are read aloud without doubt: no I, O, Q, S, Z. Two letters break the row of digits, so that number and PIN
# written side by side never look like a card or a resident number and are not hidden.
LETTERS = "ABCDEFGHJKLMNPRTUVWXY"
NUMBER = re.compile(rf"(?<![A-Z0-9])([{LETTERS}]{{2}})[\s\-.]{{0,2}}([0-9]{{6}})(?![0-9])")
PIN = re.compile(r"(?<![A-Z0-9\-])([0-9]{6})(?![0-9\-])")
PIN_DIGITS = 6

# A PIN is short; what protects it are limited attempts. The hash only has to be dear enough for a stolen file.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def make_number() -> str:
    """Return a random receipt number such as KM-482913."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(2))
    return f"{letters}-{secrets.randbelow(10**6):06d}"


def make_pin() -> str:
    """Return a random PIN of six digits."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def hash_pin(pin: str) -> str:
    """Return what is stored of a PIN (Argon2id)."""
    return _HASHER.hash(pin)


def is_pin(pin: str, stored: str) -> bool:
    """Return whether this is the PIN of the stored hash."""
    try:
        return _HASHER.verify(stored, pin)
    except (VerificationError, InvalidHashError):
        return False


# Compared with when there is no such ticket, so that the time does not tell which numbers exist.
NO_PIN = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def read_number(text: str) -> str | None:
    """Return the receipt number in a text, however it is written (km 482913, KM482913), or None."""
    match = NUMBER.search(text.upper())
    return f"{match[1]}-{match[2]}" if match else None


def read_pin(text: str) -> str | None:
    """Return the PIN in a text, or None. Digits that belong to a receipt number are not a PIN."""
    match = PIN.search(NUMBER.sub(" ", text.upper()))
    return match[1] if match else None
