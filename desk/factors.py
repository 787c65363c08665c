"""Password and second factor. No I/O."""

import hmac
from datetime import datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

STEP_SECONDS = 30
ISSUER = "기술보호 상담 데스크"


class FirstFactor:
    """Argon2id passwords. Checking against nobody takes as long as checking against somebody."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()  # Argon2id, RFC 9106 low-memory profile: 64 MiB, 3 passes
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def prepare(self) -> None:
        """Hash for nobody beforehand, so that the first unknown name does not take twice as long."""
        self._nobody = self._nobody or self._hasher.hash("nobody has this password")

    def verify(self, stored: str | None, password: str) -> bool:
        """Return whether the password is right; never so when nothing is stored."""
        self.prepare()
        try:
            return self._hasher.verify(stored or self._nobody or "", password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def new_totp_secret() -> str:
    return pyotp.random_base32()


def step_of_code(secret: str, code: str, now: datetime) -> int | None:
    """Return the 30-second step whose code this is (the present one, the one before or after), or None."""
    digits = "".join(code.split())
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):  # all three, whichever fits: no difference in time
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            found = step
    return found


def qr_code(secret: str, name: str) -> str:
    """Return an SVG image that an authenticator app reads."""
    address = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=ISSUER)
    svg: str = segno.make(address, error="m").svg_inline(scale=5, border=2, dark="#111", light="#fff")
    return svg
