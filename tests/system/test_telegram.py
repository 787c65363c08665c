"""The whole system with Telegram: everything that the widget can do, with the real bot, a counsellor at the desk, and a Bot API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from desk_at_work import PASSWORD, Browser
from running_system import System, free_port
from sqlalchemy import update
from visitor import QUESTIONS

from bot.conversations import encryption
from bot.settings import read_settings
from desk.accounts import Accounts
from desk.factors import FirstFactor
from desk.model import Staff
from tests.telegram.bot_api import TOKEN, BotApi, Sent, User, serve
from tests.telegram.conftest import MODES, PUBLIC
from tests.telegram.running_channel import CHAT, Channel
from tests.telegram.test_talk import until

PHONE = "010-1234-5678"
RECEIPT = re.compile(r"[A-Z]{2}-\d{6}")
PIN = re.compile(r"PIN (\d{6})")
COMPANY = {
    "needs": "CCTV 설치비를 지원받고 싶어요",
    "more_needs": "없어요",
    "company_size": "중소기업이에요",
    "industry": "금형 제조",
    "business_status": "네, 정상 영업 중이에요",
    "accepts_self_payment": "네",
    "certifications": "이노비즈",
}
REPORT = {
    "incident_summary": "어제 퇴사한 과장이 도면을 USB에 담아 갔어요",
    "incident_date": "어제",
    "leaked_technology": "도면",
    "suspect": "퇴사한 과장",
    "evidence": "접속 기록",
    "reporter_name": "김예시",
    "confirm_report": "네, 맞아요",
}
CHATS, EACH = 50, 10


@dataclass
class Place:
    """The running system, a look into its database, and one person on Telegram."""

    system: System
    api: BotApi
    channel: Channel
    user: User

    def after(self, act: Callable[[], object]) -> list[Sent]:
        """Do something as the user, and return what came as soon as all of it is there."""
        before = len(self.api.to(self.user.chat))
        act()
        self.user.got(before + 1, seconds=60)
        until(lambda: not self.channel.store.waiting(), 30)
        until(lambda: not self.channel.store.with_news(), 30)
        return self.api.to(self.user.chat)[before:]

    def says(self, text: str) -> list[Sent]:
        return self.after(lambda: self.user.says(text))

    def presses(self, sent: Sent, title: str) -> list[Sent]:
        return self.after(lambda: self.user.presses(sent, title))

    @property
    def asked(self) -> str | None:
        """Return which question the bot waits for."""
        expects = self.channel.talks.history(self.channel.conversation(self.user.chat)).expects
        return expects["slot"] if expects else None

    def desk(self) -> Browser:
        """Return the browser of a counsellor who has signed in."""
        accounts = Accounts(self.channel.engine, FirstFactor())
        begun = accounts.begin_setup("kim", accounts.create("kim", "김상담", "counsellor"))
        assert begun is not None
        secret = pyotp.TOTP(accounts.totp_secret(begun.id))
        accounts.finish_setup(begun, PASSWORD, secret.now())
        with self.channel.engine.begin() as connection:  # tests do not wait for the next half minute
            connection.execute(update(Staff).values(totp_step=0))
        browser = Browser(self.system)  # type: ignore[arg-type]  # of a desk it needs the address
        assert browser.sign_in("kim", PASSWORD, secret.now()).status_code == 303
        return browser


@pytest.fixture
def place(request: pytest.FixtureRequest, stack: System, tmp_path: Path) -> Iterator[Place]:
    """Return a system of the test's own; `stack` has seen to it that everything is installed and trained."""
    api = BotApi()
    stop = serve(api)
    var = tmp_path / "var"
    given = {"ULTARI_TELEGRAM_TOKEN": TOKEN, "ULTARI_TELEGRAM_API_URL": api.url, "NO_PROXY": "127.0.0.1"}
    if getattr(request, "param", "polling") == "webhook":
        port = free_port()
        given |= {"ULTARI_TELEGRAM_WEBHOOK_URL": PUBLIC, "ULTARI_TELEGRAM_PORT": str(port)}
        api.routes[PUBLIC] = f"http://127.0.0.1:{port}"
    system = System(var, **given)
    before = encryption._in_use
    system.start()
    channel = Channel(read_settings(_env_file=None, var_dir=var), {}, var / "log" / "telegram.log")
    yield Place(system, api, channel, api.user(CHAT))
    channel.end()
    system.stop()
    stop()
    encryption._in_use = before
    assert api.problems == [], "calls that Telegram would refuse"
    for secret in (TOKEN, PHONE, str(CHAT), "김예시"):
        assert secret not in system.logs(), "personal data or the token in a log"


def test_everything_from_a_question_to_a_person(place: Place) -> None:
    assert "Telegram is off" not in place.system.said()
    place.channel.logged("is ready")

    # A question
    [hello] = place.says("/start")
    assert hello.titles
    answer = place.says("기술임치 수수료가 얼마예요?")[-1]
    assert "30만원" in answer.text
    assert "출처: 안내 책자, 기술자료 임치제도" in answer.text

    # A recommendation
    sent = place.says("/recommend")
    for _ in range(20):
        if place.asked is None:
            break
        sent = place.says(COMPANY.get(place.asked, "잘 모르겠어요"))
    result = "\n".join(each.text for each in sent)
    assert result.count("1. 기술유출방지시스템 구축") == 1
    assert "✅" not in result, "the texts are complete without the cards"
    assert "127.0.0.1" not in result
    assert "☎ +82-42-388-0758" in result

    # A report, with the contact that the phone shares
    sent = place.says("/report")
    assert "해외" in "\n".join(each.text for each in sent)
    assert "누리집 상담창에서 이어가기" in sent[-1].titles
    sent = place.presses(sent[-1], "동의해요")
    for _ in range(40):
        if place.asked is None:
            break
        if place.asked == "reporter_phone":
            assert sent[-1].markup["keyboard"][0][0]["request_contact"]
            sent = place.after(lambda: place.user.shares("821012345678"))
        elif place.asked.startswith(("concerns", "handover")):
            sent = place.says("아니요")
        else:
            sent = place.says(REPORT.get(place.asked, "건너뛸게요"))
    receipt = "\n".join(each.text for each in sent)
    number, pin = RECEIPT.search(receipt), PIN.search(receipt)
    assert number, receipt
    assert pin, receipt
    ticket = place.channel.tickets.by_number(number[0])
    assert ticket["channel"] == "telegram"
    assert ticket["contact"]["phone"] == PHONE

    # Its state, from another chat
    elsewhere = Place(place.system, place.api, place.channel, place.api.user(CHAT + 1))
    elsewhere.says("/status")
    elsewhere.says(number[0])
    assert "PIN" in elsewhere.api.to(CHAT + 1)[-1].text
    state = "\n".join(each.text for each in elsewhere.says(pin[1]))
    assert number[0] in state

    # A person
    person = "\n".join(each.text for each in place.says("/human"))
    asked_for = RECEIPT.search(person)
    assert asked_for, person
    page = f"/tickets/{asked_for[0]}"
    desk = place.desk()
    assert "텔레그램" in desk.get(page).text
    desk.post(f"{page}/claim")
    sent = place.after(lambda: desk.post(f"{page}/reply", {"text": "안녕하세요, 상담원 김상담이에요."}))
    assert sent[-1].text == "상담원\n안녕하세요, 상담원 김상담이에요."
    place.user.says("도면을 어디로 보내면 되나요?")
    until(lambda: "도면을 어디로 보내면 되나요?" in desk.get(page).text, 20)

    # A chat that takes nothing any more
    place.api.blocked.add(CHAT)
    desk.post(f"{page}/reply", {"text": "들리시나요?"})
    until(lambda: "텔레그램에서 봇을 차단해 메시지가 가지 않음" in desk.get(page).text, 20)
    place.user.unblocks()
    place.user.got()
    until(lambda: place.api.to(CHAT)[-1].text == "상담원\n들리시나요?", 20)
    until(lambda: "텔레그램으로 다시 보낼 수 있음" in desk.get(page).text, 20)


def visit(place: Place) -> subprocess.Popen[str]:
    """Let somebody ask on the web until `wait_of` is called."""
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent.parent)])
    return subprocess.Popen(
        [sys.executable, str(here / "visitor.py"), place.system.url],
        env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_of(visitor: subprocess.Popen[str]) -> float:
    """Return how long the visitor waited for an answer, in the middle of many."""
    said, _ = visitor.communicate(timeout=120)
    return float(said)


@pytest.mark.parametrize("place", MODES, indirect=True)
def test_the_web_stays_as_fast_while_500_updates_wait(place: Place) -> None:
    place.says("/start")
    quiet = wait_of(visit(place))
    answered = len(place.api.sent)
    for number in range(EACH):
        for chat in range(CHATS):
            place.api.user(CHAT + 100 + chat).says(f"{QUESTIONS[number % len(QUESTIONS)]}")
    started = time.monotonic()
    with visit(place) as visitor:
        until(lambda: len(place.api.sent) - answered >= CHATS * EACH, 400)
        busy = wait_of(visitor)
    took = time.monotonic() - started
    print(
        f"web: {quiet * 1000:.0f} ms alone, {busy * 1000:.0f} ms beside {CHATS * EACH} updates, which took {took:.0f} s"
    )
    assert busy < 1.25 * quiet + 0.005
    assert place.api.flooded == 0
    for chat in range(CHATS):
        heard = [text for who, text in place.channel.texts(CHAT + 100 + chat) if who == "user"]
        assert heard == [QUESTIONS[number % len(QUESTIONS)] for number in range(EACH)]
