"""Staff accounts: the only SQL on the table `staff`. All methods are synchronous."""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.conversations.database import writing
from bot.conversations.store import hash_token, utc_now
from bot.errors import UltariError
from desk.factors import FirstFactor, new_totp_secret, step_of_code
from desk.model import COUNSELLOR, ROLES, SUPERVISOR, Staff, StaffSession, table

NAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
SETUP_LIFETIME = timedelta(hours=72)
READERS = (COUNSELLOR, SUPERVISOR)  # who may hold tickets

staff, sessions = table(Staff), table(StaffSession)


# What a page needs of somebody: not the secret of the second factor, which would be opened for nothing.
SHOWN = (
    *(staff.c.id, staff.c.name, staff.c.display_name, staff.c.role, staff.c.version, staff.c.disabled_at),
    *(staff.c.created_at, staff.c.password_hash.isnot(None).label("set_up")),
)

EVERYTHING = (*SHOWN, *(staff.c.password_hash, staff.c.totp_secret, staff.c.setup_hash, staff.c.setup_until))


class AccountRefused(UltariError):
    """An account cannot be made or changed like that; the message is for the person at the keyboard."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the desk knows of a member of staff."""

    id: int
    name: str
    display_name: str
    role: str
    version: int
    set_up: bool
    disabled_at: datetime | None
    created_at: datetime


def as_person(row: RowMapping) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        display_name=row["display_name"],
        role=row["role"],
        version=row["version"],
        set_up=row["set_up"],
        disabled_at=row["disabled_at"],
        created_at=row["created_at"],
    )


def plain_name(name: str) -> str:
    """Return a sign-in name in the one form in which it is compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:80]


class Accounts:
    """Who works at the desk."""

    def __init__(self, engine: Engine, first_factor: FirstFactor, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._first_factor = first_factor
        self._clock = clock

    def create(self, name: str, display_name: str, role: str) -> str:
        """Make an account and return its one-time set-up code. Raises AccountRefused."""
        name, display_name = plain_name(name), " ".join(display_name.split())
        if not NAME.fullmatch(name):
            raise AccountRefused("아이디는 영문 소문자로 시작하고 영문 소문자, 숫자, . _ - 로 3~40자여야 해요.")
        if not 1 <= len(display_name) <= 40:
            raise AccountRefused("이름은 1~40자로 적어 주세요.")
        if role not in ROLES:
            raise AccountRefused(f"역할은 {', '.join(ROLES)} 가운데 하나여야 해요.")
        code = secrets.token_urlsafe(18)
        values = self._fresh(code) | {
            "name": name,
            "display_name": display_name,
            "role": role,
            "version": 1,
            "created_at": self._clock(),
        }
        try:
            with self._writing.begin() as connection:
                connection.execute(insert(staff).values(**values))
        except IntegrityError:
            raise AccountRefused("이미 있는 아이디예요.") from None
        return code

    def _fresh(self, code: str) -> dict[str, Any]:
        return {
            "password_hash": None,
            "totp_secret": new_totp_secret(),
            "totp_step": 0,
            "setup_hash": hash_token(code),
            "setup_until": self._clock() + SETUP_LIFETIME,
            "disabled_at": None,
        }

    def reset(self, name: str) -> str:
        """Take password and second factor away, end every session, and return a new set-up code. Raises AccountRefused."""
        code = secrets.token_urlsafe(18)
        self._change(name, self._fresh(code))
        return code

    def disable(self, name: str) -> None:
        """End an account and every session of it. Raises AccountRefused."""
        self._change(name, {"disabled_at": self._clock(), "setup_hash": None})

    def change_role(self, name: str, role: str) -> None:
        """Give another role; whoever is signed in signs in again. Raises AccountRefused."""
        if role not in ROLES:
            raise AccountRefused(f"역할은 {', '.join(ROLES)} 가운데 하나여야 해요.")
        self._change(name, {"role": role})

    def _change(self, name: str, values: dict[str, Any]) -> None:
        with self._writing.begin() as connection:
            row = connection.execute(
                update(staff)
                .where(staff.c.name == plain_name(name))
                .values(version=staff.c.version + 1, **values)
                .returning(staff.c.id)
            ).first()
            if row is None:
                raise AccountRefused("그런 아이디가 없어요.")
            connection.execute(delete(sessions).where(sessions.c.staff_id == row.id))

    def everybody(self) -> list[Person]:
        """Return all accounts, ended ones last."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(*SHOWN).order_by(staff.c.disabled_at.isnot(None), staff.c.name)).mappings()
            return [as_person(row) for row in rows]

    def colleagues(self) -> list[Person]:
        """Return who may hold a ticket, in the order of their names."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(*SHOWN)
                .where(staff.c.disabled_at.is_(None), staff.c.role.in_(READERS), staff.c.password_hash.isnot(None))
                .order_by(staff.c.display_name)
            ).mappings()
            return [as_person(row) for row in rows]

    def find(self, staff_id: int) -> Person | None:
        """Return an account that has not ended, or None."""
        with self._engine.connect() as connection:
            row = (
                connection.execute(select(*SHOWN).where(staff.c.id == staff_id, staff.c.disabled_at.is_(None)))
                .mappings()
                .first()
            )
        return None if row is None else as_person(row)

    def sign_in(self, name: str, password: str, code: str) -> Person | None:
        """Return who this is, or None. An unknown, ended or unfinished account takes as long as a wrong password."""
        row = self._row(name)
        usable = row is not None and row["disabled_at"] is None and row["password_hash"] is not None
        right = self._first_factor.verify(row["password_hash"] if usable and row is not None else None, password)
        secret = row["totp_secret"] if usable and row is not None else new_totp_secret()
        step = step_of_code(secret, code, self._clock())
        if not usable or row is None or not right or step is None or not self._use_step(row, step):
            return None
        return as_person(row)

    def _row(self, name: str) -> RowMapping | None:
        with self._engine.connect() as connection:
            return connection.execute(select(*EVERYTHING).where(staff.c.name == plain_name(name))).mappings().first()

    def _use_step(self, row: RowMapping, step: int) -> bool:
        """Take the code of this 30-second step out of use; False when it, or a later one, was used before."""
        with self._writing.begin() as connection:
            used = connection.execute(
                update(staff)
                .where(staff.c.id == row["id"], staff.c.version == row["version"], staff.c.totp_step < step)
                .values(totp_step=step)
            )
            return used.rowcount == 1

    def begin_setup(self, name: str, code: str) -> Person | None:
        """Return whose set-up code this is, or None. The code stays good until the set-up is finished."""
        row = self._row(name)
        stored = row["setup_hash"] if row is not None else None
        right = secrets.compare_digest(stored or hash_token(""), hash_token(code))
        if row is None or stored is None or not right or row["disabled_at"] is not None:
            return None
        return as_person(row) if row["setup_until"] > self._clock() else None

    def totp_secret(self, staff_id: int) -> str:
        """Return the secret to show as a QR code during the set-up."""
        with self._engine.connect() as connection:
            secret: str = connection.execute(select(staff.c.totp_secret).where(staff.c.id == staff_id)).scalar_one()
            return secret

    def finish_setup(self, person: Person, password: str, code: str) -> Person:
        """Store the first password; the set-up code ends. Raises AccountRefused."""
        check_password(password, person)
        step = step_of_code(self.totp_secret(person.id), code, self._clock())
        if step is None:
            raise AccountRefused("인증번호가 맞지 않아요. 앱에 보이는 여섯 자리를 다시 적어 주세요.")
        values = {
            "password_hash": self._first_factor.hash(password),
            "totp_step": step,
            "setup_hash": None,
            "setup_until": None,
        }
        with self._writing.begin() as connection:
            return self._renew(connection, person, values, staff.c.setup_hash.isnot(None))

    def change_password(self, person: Person, old: str, new: str) -> Person:
        """Store another password; every session made before is dead. Raises AccountRefused."""
        row = self._row(person.name)
        if not self._first_factor.verify(row["password_hash"] if row is not None else None, old):
            raise AccountRefused("지금 비밀번호가 맞지 않아요.")
        if old == new:
            raise AccountRefused("지금과 다른 비밀번호로 정해 주세요.")
        check_password(new, person)
        values = {"password_hash": self._first_factor.hash(new)}
        with self._writing.begin() as connection:
            return self._renew(connection, person, values, staff.c.password_hash.isnot(None))

    def _renew(self, connection: Connection, person: Person, values: dict[str, Any], state: Any) -> Person:
        row = (
            connection.execute(
                update(staff)
                .where(staff.c.id == person.id, staff.c.version == person.version, staff.c.disabled_at.is_(None), state)
                .values(version=staff.c.version + 1, **values)
                .returning(*SHOWN)
            )
            .mappings()
            .first()
        )
        if row is None:
            raise AccountRefused("그 사이 계정이 바뀌었어요. 다시 시작해 주세요.")
        connection.execute(delete(sessions).where(sessions.c.staff_id == person.id))
        return as_person(row)


def check_password(password: str, person: Person) -> None:
    """Return if this may be a password. Length and no own name, as NIST 800-63B asks; no rules on kinds of signs."""
    if len(password) < SHORTEST_PASSWORD:
        raise AccountRefused(f"비밀번호는 {SHORTEST_PASSWORD}자 이상이어야 해요.")
    if len(password) > LONGEST_PASSWORD:
        raise AccountRefused(f"비밀번호는 {LONGEST_PASSWORD}자까지예요.")
    if person.name in password.casefold() or len(set(password)) < 5:
        raise AccountRefused("짐작하기 쉬운 비밀번호예요. 아이디나 되풀이되는 글자를 빼 주세요.")
