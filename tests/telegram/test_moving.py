"""One case, two channels: a code takes a conversation to Telegram or back, with its form and its ticket."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import which

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from bot.conversations.store import Outgoing, Store, utc_now
from bot.tickets.store import NewTicket
from channels.telegram.beside import Beside
from channels.telegram.moves import CODE, Moves
from tests.channels.running_gateway import free_port
from tests.telegram.bot_api import User
from tests.telegram.conftest import Alone, in_both_modes
from tests.telegram.running_channel import Channel
from tests.telegram.test_talk import until


@dataclass
class Web:
    """A visitor of the portal."""

    http: httpx.Client
    id: str = ""
    token: str = ""

    def open(self) -> "Web":
        opened = self.http.post("/api/conversations").json()
        return Web(self.http, opened["id"], opened["token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, number: str, **message: str) -> httpx.Response:
        return self.http.post(
            f"/api/conversations/{self.id}/messages", json={"id": number} | message, headers=self.headers
        )

    def choose(self, number: str, turn: httpx.Response, title: str) -> httpx.Response:
        choices = turn.json()["expects"]["choices"]
        return self.say(number, choice=next(c["choice"] for c in choices if c["title"] == title))

    def history(self) -> dict[str, object]:
        found: dict[str, object] = self.http.get(f"/api/conversations/{self.id}/messages", headers=self.headers).json()
        return found

    def code(self) -> str:
        made = self.http.post(f"/api/conversations/{self.id}/move", headers=self.headers)
        assert made.status_code == 200, made.text
        assert made.json()["seconds"] == 600
        assert made.json()["link"] == f"https://t.me/gisul_test_bot?start=m_{made.json()['code']}"
        return str(made.json()["code"])

    def take(self, code: str) -> httpx.Response:
        return self.http.post("/api/moves", json={"code": code})


@pytest.fixture(scope="session")
def portals() -> Iterator[Callable[[Alone], httpx.Client]]:
    """Gateways beside the running channels, each with its channel's database."""
    started: dict[Path, tuple[httpx.Client, Callable[[], None]]] = {}

    def of(running: Alone) -> httpx.Client:
        folder = running.channel.settings.var_dir
        if folder not in started:
            started[folder] = run_portal(running)
        return started[folder][0]

    yield of
    for _, stop in started.values():
        stop()


@pytest.fixture
def portal(portals: Callable[[Alone], httpx.Client], running: Alone) -> httpx.Client:
    return portals(running)


def run_portal(running: Alone) -> tuple[httpx.Client, Callable[[], None]]:
    port = free_port()
    more = {"ULTARI_PORT": str(port), "ULTARI_LIMITS": "off", "ULTARI_TELEGRAM_NAME": "@gisul_test_bot"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ULTARI_")}
    log = running.channel.log_file.with_name("gateway.log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "channels.gateway"],
            env=environment | running.channel.environment | more | {"ULTARI_DEBUG": "false"},
            stdout=out,
            stderr=out,
        )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False)

    def alive() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def stop() -> None:
        client.close()
        process.kill()
        process.wait(10)

    until(alive, 60)
    return client, stop


@pytest.fixture
def web(portal: httpx.Client) -> Web:
    return Web(portal).open()


def test_a_form_begun_on_the_web_goes_on_on_telegram(web: Web, channel: Channel, user: User) -> None:
    asked = web.say("1", text="/ask_recommendation")  # neutralised: only choices and Rasa lead on
    asked = web.say("2", text="x")
    user.says("예전 상담")
    user.got()
    channel.talks.append(web.id, [Outgoing("bot", "회사 규모를 알려 주세요.")])
    code = web.code()
    assert CODE.fullmatch(code)
    user.says(f"/start m_{code}")
    sent = user.got(2)[1:]
    assert sent[0].text.endswith("바로 위 내용부터 이어서 말씀해 주세요.")
    assert "회사 규모를 알려 주세요." in sent[0].text
    assert channel.conversation(user.chat) == web.id
    user.says("중소기업이에요")
    assert user.last(3).text == "“중소기업이에요” 들었어요."
    assert web.say("3", text="아직 여기예요").status_code == 404  # the web's token has ended
    assert asked.status_code == 200


def press(web: Web, number: str, turn: httpx.Response, title: str) -> httpx.Response:
    buttons = [button for message in turn.json()["messages"] for button in message["buttons"]]
    return web.say(number, choice=next(b["choice"] for b in buttons if b["title"] == title))


@in_both_modes
def test_a_recommendation_begun_on_the_web_goes_on_with_its_buttons(web: Web, channel: Channel, user: User) -> None:
    menu = press(web, "2", web.say("1", text="긴 글"), "다음")
    asked = press(web, "3", menu, "우리 회사에 맞는 사업 찾기")
    assert asked.json()["expects"]["slot"] == "company_size"
    user.says(web.code())
    question = user.last()
    assert question.text.startswith("회사 규모를 알려 주세요.")
    assert question.titles == ["중소기업", "중견기업"]
    user.presses(question, "중소기업")
    until(lambda: question.titles == ["✔ 중소기업"])
    assert user.last(2).titles == ["제조업", "서비스업"]
    user.presses(user.last(2), "제조업")
    assert "기술자료 임치" in user.last(3).text
    assert channel.conversation(user.chat) == web.id


@in_both_modes
def test_a_report_begun_on_the_web_goes_on_with_its_buttons(web: Web, user: User) -> None:
    menu = press(web, "2", web.say("1", text="긴 글"), "다음")
    press(web, "3", menu, "신고 접수")
    user.says(web.code())
    question = user.last()
    assert "해외 서버" in question.text.split("옮겼어요.")[1], "said once more: on the web it was not true yet"
    assert question.titles == ["동의해요", "동의하지 않아요", "누리집 상담창에서 이어가기"]
    user.presses(question, "동의해요")
    phone = user.last(2)
    assert phone.markup["keyboard"][0][0]["request_contact"]
    user.shares("821012345678")
    mail = user.last(4)
    assert (mail.text, mail.titles) == ("이메일도 남기시겠어요?", ["건너뛰기"])


def test_a_phone_question_of_the_web_asks_for_the_contact_on_telegram(web: Web, user: User) -> None:
    menu = press(web, "2", web.say("1", text="긴 글"), "다음")
    web.choose("4", press(web, "3", menu, "신고 접수"), "동의해요")
    user.says(web.code())
    question = user.last()
    assert [[b["text"] for b in row] for row in question.markup["keyboard"]] == [["내 전화번호 보내기"], ["건너뛰기"]]
    user.says("건너뛰기")
    done = user.last(2)
    assert "접수번호 KM-482913" in done.text
    assert done.markup == {"remove_keyboard": True}


@in_both_modes
def test_a_form_begun_on_telegram_goes_on_on_the_web(portal: httpx.Client, channel: Channel, user: User) -> None:
    user.says("/report")
    user.presses(user.last(), "누리집 상담창")
    code = CODE.search(user.last(2).text)
    assert code is not None
    moved = Web(portal).take(code[0])
    assert moved.status_code == 200, moved.text
    web = Web(portal, moved.json()["id"], moved.json()["token"])
    page = web.history()
    assert page["expects"]["slot"] == "privacy_consent"  # type: ignore[index]
    assert "새 상담이 시작돼요" in user.last(3).text
    agreed = next(c for c in page["expects"]["choices"] if c["title"] == "동의해요")  # type: ignore[index]
    turn = web.say("w1", choice=agreed["choice"]).json()
    assert turn["expects"]["slot"] == "reporter_phone"
    time.sleep(0.6)
    assert len(user.got(3)) == 3  # what is said on the web stays there
    user.says("새로 시작")
    user.got(4)
    assert channel.conversation(user.chat) != web.id
    assert Web(portal).take(code[0]).status_code == 404


@in_both_modes
def test_the_ticket_moves_along_and_the_desk_sees_one_thread(web: Web, channel: Channel, user: User) -> None:
    web.say("1", text="유출됐어요")
    new = NewTicket(key=f"test:{web.id}", kind="consultation", channel="web", conversation_id=web.id)
    ticket = channel.tickets.create(new).ticket["id"]
    user.says(web.code())  # typed instead of the link
    user.got()
    assert channel.tickets.get(ticket)["channel"] == "telegram"
    channel.talks.append(web.id, [Outgoing("staff", "텔레그램에서 뵙네요")], status="human")
    assert user.last(2).text == "상담원\n텔레그램에서 뵙네요"
    user.says("네")
    until(lambda: ("user", "네") in channel.texts(user.chat))
    assert [who for who, _ in channel.texts(user.chat)] == ["user", "bot", "system", "staff", "user"]


@pytest.mark.parametrize("typed", ["{code}", " {code} ", "{lower}"])
def test_a_code_works_however_it_is_typed(web: Web, channel: Channel, user: User, typed: str) -> None:
    code = web.code()
    user.says(typed.format(code=code, lower=code.lower()))
    user.got()
    assert channel.conversation(user.chat) == web.id


def test_a_code_works_once(web: Web, channel: Channel, user: User, api: object) -> None:
    code = web.code()
    user.says(f"/start m_{code}")
    user.got()
    other = user.api.user(user.chat + 1_000_000)
    other.says(f"/start m_{code}")
    assert "코드가 맞지 않거나" in other.last().text
    assert channel.conversation(user.chat) == web.id


def test_a_new_code_ends_the_older_one(web: Web, user: User) -> None:
    first, second = web.code(), web.code()
    user.says(first)
    assert "코드가 맞지 않거나" in user.last().text
    user.says(second)
    assert "텔레그램으로 옮겼어요" in user.last(2).text


def test_guessing_codes_is_stopped(user: User, web: Web) -> None:
    for number in range(5):
        user.says(f"AAAAA-AAAA{number + 2}")
        user.got(number + 1)
    user.says(web.code())
    assert "여러 번 잘못" in user.last(6).text


def test_whoever_talks_with_staff_here_is_not_torn_away(web: Web, channel: Channel, user: User) -> None:
    user.says("상담원이요")
    user.got()
    here = channel.conversation(user.chat)
    channel.talks.append(here, [Outgoing("staff", "네, 말씀하세요")], status="human")
    user.got(2)
    user.says(web.code())
    assert "아직 끝나지 않았어요" in user.last(3).text
    assert channel.conversation(user.chat) == here


def test_a_code_is_for_one_direction_and_ten_minutes(portal: httpx.Client, web: Web, channel: Channel) -> None:
    assert Web(portal).take(web.code()).status_code == 404
    assert Web(portal).take("").status_code == 422
    assert Web(portal).take("가나다").status_code == 404
    moment = utc_now()
    moves = Moves(channel.engine, Store(channel.engine), None, clock=lambda: moment)
    code = moves.new_code(web.id, "web")
    moment += timedelta(minutes=10, seconds=1)
    assert moves.to_web(code, Outgoing("system", "x")) is None
    code = moves.new_code(web.id, "web")
    moment += timedelta(minutes=9, seconds=59)
    assert moves.to_web(code, Outgoing("system", "x")) is not None


def test_another_visitor_gets_no_code(portal: httpx.Client, web: Web) -> None:
    other = Web(portal).open()
    assert portal.post(f"/api/conversations/{web.id}/move", headers=other.headers).status_code == 404
    assert portal.post(f"/api/conversations/{web.id}/move").status_code == 401


def test_a_stream_of_the_gateway_hears_of_telegram_at_once(
    portal: httpx.Client, web: Web, channel: Channel, user: User
) -> None:
    # The desk follows a talk as the web's stream does: over the gateway's events.
    headers = web.headers
    with portal.stream("GET", f"/api/conversations/{web.id}/events", headers=headers) as stream:
        lines = stream.iter_lines()
        next(line for line in lines if line.startswith("event: status"))
        user.says(web.code())
        user.got()
        user.says("텔레그램에서 쓴 말")
        started = time.monotonic()
        next(line for line in lines if "텔레그램에서 쓴 말" in line)
        assert time.monotonic() - started < 3


@in_both_modes
def test_typing_of_staff_is_shown_on_telegram(portal: httpx.Client, channel: Channel, user: User) -> None:
    user.says("안녕하세요")
    user.got()
    before = len(user.api.called("sendChatAction"))
    beside = Beside(channel.engine, channel.talks, None, channel.settings, None)  # type: ignore[arg-type]
    beside._note_typing(channel.conversation(user.chat))
    until(lambda: len(user.api.called("sendChatAction")) > before)


@pytest.fixture
def page(portal: httpx.Client) -> Iterator[Page]:
    """The portal's page in the system's Chromium."""
    executable = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := which(name))), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        yield page
        browser.close()


def test_the_widget_goes_on_where_telegram_was_and_back(
    page: Page, portal: httpx.Client, channel: Channel, user: User
) -> None:
    user.says("/report")
    user.presses(user.last(), "누리집 상담창")
    code = CODE.search(user.last(2).text)
    assert code is not None
    page.goto(f"{portal.base_url}#move={code[0]}")
    page.get_by_text("누리집으로 옮겼어요").wait_for()
    page.get_by_role("button", name="동의해요", exact=True).click()
    page.get_by_text("전화번호를 알려 주세요.").wait_for()
    assert code[0] not in page.url
    page.get_by_role("button", name="텔레그램에서 이어가기").click()
    back = page.get_by_text("상담봇에게 이 코드를").inner_text()
    assert back.startswith("텔레그램 대화는 해외 서버를 거쳐요.")
    user.got(3)
    user.says(next(iter(CODE.findall(back))))
    sent = user.got(4)[-1]
    assert "전화번호를 알려 주세요." in sent.text
    assert sent.markup["keyboard"][0][0]["request_contact"]
    page.get_by_text("텔레그램으로 옮겼어요").wait_for()
