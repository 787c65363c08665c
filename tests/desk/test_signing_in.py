"""Setting up, signing in, and when sessions end."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from desk_at_work import KEYS, PASSWORD, Browser, Desk

from bot.conversations.store import hash_token
from desk.accounts import AccountRefused, Accounts
from desk.factors import FirstFactor, step_of_code
from desk.sessions import Sessions
from desk.signing_in import WRONG, safe_next
from desk.slowing import Slowing, counted_for


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_new_member_of_staff_sets_the_account_up(desk: Desk) -> None:
    code = desk.parts.accounts.create("han", "한상담", "counsellor")
    browser = desk.browser()
    browser.get("/setup")
    assert browser.post("/setup", {"name": "han", "code": "wrong"}).status_code == 401
    assert browser.post("/setup", {"name": "han", "code": code}).status_code == 303
    page = browser.get("/setup/finish").text
    assert "<svg" in page
    assert "한상담" in page
    given = {"password": PASSWORD, "again": PASSWORD, "code": desk.code_of("han")}
    assert "10자 이상" in browser.post("/setup/finish", given | {"password": "short", "again": "short"}).text
    assert "서로 달라요" in browser.post("/setup/finish", given | {"again": "different"}).text
    assert browser.post("/setup/finish", given | {"code": "000000"}).status_code == 422
    assert browser.get("/queue/waiting").status_code == 303, "half set up is not signed in"
    assert browser.post("/setup/finish", given).status_code == 303
    assert is_signed_in(browser)
    again = desk.browser()
    again.get("/setup")
    assert again.post("/setup", {"name": "han", "code": code}).status_code == 401, "the set-up code works once"


def test_a_code_works_once(desk: Desk) -> None:
    desk.forget_codes("kim")
    code = desk.code_of("kim")
    assert desk.browser().sign_in("kim", PASSWORD, code).status_code == 303
    assert desk.browser().sign_in("kim", PASSWORD, code).status_code == 401


def test_two_at_the_same_moment_cannot_use_one_code(desk: Desk) -> None:
    desk.forget_codes("kim")
    code, results = desk.code_of("kim"), []
    accounts = desk.parts.accounts
    threads = [
        threading.Thread(target=lambda: results.append(accounts.sign_in("kim", PASSWORD, code))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result is not None for result in results) == 1


def test_only_codes_of_this_minute_count() -> None:
    secret, now = pyotp.random_base32(), datetime(2026, 11, 23, 9, tzinfo=UTC)
    code = pyotp.TOTP(secret).at(now)
    assert step_of_code(secret, f" {code[:3]} {code[3:]}", now) is not None
    assert step_of_code(secret, code, now + timedelta(seconds=30)) is not None
    assert step_of_code(secret, code, now + timedelta(seconds=90)) is None
    assert step_of_code(secret, "", now) is None


def test_known_and_unknown_names_answer_alike(desk: Desk) -> None:
    answers = [desk.browser().sign_in(name, "wrong password", "123456") for name in ("kim", "kix", "admin")]
    assert {answer.status_code for answer in answers} == {401}
    assert all(WRONG in answer.text for answer in answers)
    pages = {answer.text.replace(name, "") for answer, name in zip(answers, ("kim", "kix", "admin"), strict=True)}
    lengths = {len(page) for page in pages}
    assert max(lengths) - min(lengths) < 8


def test_known_and_unknown_names_take_the_same_time(desk: Desk) -> None:
    real = FirstFactor()
    accounts = Accounts(desk.engine, real)
    person = desk.hire("ohn", "counsellor")
    code = accounts.reset(person.name)
    begun = accounts.begin_setup("ohn", code)
    assert begun is not None
    accounts.finish_setup(begun, PASSWORD, desk.code_of("ohn"))

    def seconds(name: str) -> float:
        start = time.perf_counter()
        assert accounts.sign_in(name, "wrong password", "123456") is None
        return time.perf_counter() - start

    real.prepare()
    times = {name: [seconds(name) for _ in range(7)] for name in ("ohn", "nobody")}
    ratio = statistics.median(times["ohn"]) / statistics.median(times["nobody"])
    assert 0.6 < ratio < 1.7


def test_guessing_is_slowed_but_the_owner_gets_in(desk: Desk) -> None:
    owner = desk.browser("lee")  # this browser is known from now on
    for name in ("lee", "nobody"):
        answers = [desk.browser().sign_in(name, "guess", "111111") for _ in range(7)]
        slowed = [answer for answer in answers if answer.status_code == 429]
        assert slowed, name
        assert int(slowed[-1].headers["Retry-After"]) >= 1
        assert "초 뒤에" in slowed[-1].text
    owner.post("/sign-out")
    desk.forget_codes("lee")
    assert owner.sign_in("lee", PASSWORD, desk.code_of("lee")).status_code == 303


def test_strangers_from_elsewhere_delay_and_do_not_refuse(desk: Desk) -> None:
    slowing = Slowing(desk.engine)
    for number in range(40):
        slowing.begin(counted_for("min", f"10.0.0.{number}", None))
    pace = slowing.begin(counted_for("min", "192.0.2.1", None))
    assert pace.wait == 0
    assert 0 < pace.delay <= 4


def test_waiting_grows_and_is_forgotten(desk: Desk) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    slowing = Slowing(desk.engine, clock=lambda: now[0])
    counted = counted_for("yoon", "192.0.2.7", None)
    assert [slowing.begin(counted).wait for _ in range(6)][:5] == [0] * 5
    waits = []
    for _ in range(6):
        waits.append(slowing.begin(counted).wait)
        now[0] += timedelta(seconds=waits[-1])
        slowing.begin(counted)
    assert waits == sorted(waits)
    assert waits[-1] > 8
    now[0] += timedelta(hours=2)
    assert slowing.begin(counted).wait == 0


def test_signing_in_makes_a_new_session(desk: Desk) -> None:
    browser = desk.browser()
    browser.get("/sign-in")
    before = browser.http.cookies["desk"]
    desk.forget_codes("kim")
    browser.sign_in("kim", PASSWORD, desk.code_of("kim"))
    first = browser.http.cookies["desk"]
    desk.forget_codes("kim")
    browser.sign_in("kim", PASSWORD, desk.code_of("kim"))
    second = browser.http.cookies["desk"]
    assert len({before, first, second}) == 3
    assert desk.parts.sessions.find(first, touch=False) is None


def test_a_stolen_database_has_no_cookie_in_it(desk: Desk) -> None:
    browser = desk.browser("kim")
    token = browser.http.cookies["desk"]
    stored = Path(desk.settings.database.removeprefix("sqlite:///"))
    written = stored.read_bytes() + stored.with_name(stored.name + "-wal").read_bytes()
    assert token.encode() not in written
    assert hash_token(token) in written


CUTS: dict[str, Callable[[Desk], None]] = {
    "another role": lambda desk: desk.parts.accounts.change_role("seo", "counsellor"),
    "the account's end": lambda desk: desk.parts.accounts.disable("seo"),
    "a reset": lambda desk: desk.parts.accounts.reset("seo") and None,
}


@pytest.mark.parametrize("cut", CUTS)
def test_sessions_and_live_streams_die_with(cut: str, start_desk: Callable[..., Desk]) -> None:
    desk = start_desk()
    desk.hire("seo", "supervisor")
    browser = desk.browser("seo")
    with browser.http.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        assert any(line == "event: session" for line in lines)
        CUTS[cut](desk)
        started = time.monotonic()
        assert any(line == "event: ended" for line in lines)
        list(lines)  # until the stream is closed
        assert time.monotonic() - started < 7
    assert not is_signed_in(browser)


def test_a_new_password_signs_other_browsers_out(start_desk: Callable[..., Desk]) -> None:
    desk = start_desk()
    desk.hire("seo", "counsellor")
    here, elsewhere = desk.browser("seo"), desk.browser("seo")
    given = {"old": PASSWORD, "password": "새로운 비밀번호 문장", "again": "새로운 비밀번호 문장"}
    assert here.post("/account/password", given | {"old": "wrong"}).status_code == 422
    assert here.post("/account/password", given).status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_idle_time_ends_a_session_and_streams_do_not_keep_it(desk: Desk) -> None:
    now = [datetime.now(UTC)]
    sessions = Sessions(desk.engine, idle=timedelta(minutes=30), longest=timedelta(hours=12), clock=lambda: now[0])
    person = next(each for each in desk.parts.accounts.everybody() if each.name == "kim")
    token = sessions.start(person, "127.0.0.1")
    now[0] += timedelta(minutes=29)
    assert sessions.find(token, touch=False) is not None
    now[0] += timedelta(minutes=2)
    assert sessions.find(token, touch=False) is None, "a stream looked, nobody clicked"
    token = sessions.start(person, "127.0.0.1")
    for _ in range(30):
        now[0] += timedelta(minutes=20)
        sessions.find(token, touch=True)
    assert sessions.find(token, touch=True) is not None
    now[0] += timedelta(hours=3)
    assert sessions.find(token, touch=True) is None
    assert sessions.delete_ended() >= 1


def test_cookies_are_kept_from_scripts_and_other_sites(desk: Desk) -> None:
    cookie = desk.browser().get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_passwords_must_be_long_and_not_the_name(desk: Desk) -> None:
    code = desk.parts.accounts.create("bae", "배상담", "counsellor")
    person = desk.parts.accounts.begin_setup("bae", code)
    assert person is not None
    for password in ("short", "bae-bae-bae", "aaaaaaaaaaaa"):
        with pytest.raises(AccountRefused):
            desk.parts.accounts.finish_setup(person, password, desk.code_of("bae"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/desk/tickets/KM-482913", "/tickets/KM-482913"),
        ("https://evil.example/desk/", "/"),
        ("//evil.example", "/"),
        ("/desk//evil.example", "/"),
        ("/desk/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(given: str, expected: str) -> None:
    assert safe_next(given) == expected


def test_accounts_at_the_command_line(tmp_path: Path) -> None:
    environment = os.environ | {"ULTARI_VAR_DIR": str(tmp_path / "var"), "ULTARI_ENCRYPTION_KEYS": KEYS}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "desk.staff", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    made = run("create", "kim", "--display-name", "김상담", "--role", "counsellor")
    assert made.returncode == 0, made.stderr
    assert "설정 코드" in made.stdout
    assert run("create", "kim", "--display-name", "또 김", "--role", "counsellor").returncode == 1
    assert "설정 전" in run("list").stdout
    assert run("disable", "kim").returncode == 0
    assert "끝난 계정" in run("list").stdout
    assert run("check-log").returncode == 0
