"""A leak from the first sentence to closing, over the real system and in two windows: the user's widget and the staff's desk."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyotp
from playwright.sync_api import Page, Response, expect
from psutil import Process

if TYPE_CHECKING:
    from running_system import System

STORY = "어제 퇴사한 설계팀장이 금형 도면을 USB에 담아 갔어요"
PASSWORD = "도면 고양이 우산 열쇠"
ANSWERS = {
    "privacy_consent": "네, 동의해요",
    "incident_summary": STORY,
    "incident_date": "어제",
    "leaked_technology": "금형 도면",
    "suspect": "퇴사한 설계팀장",
    "evidence": "CCTV에 남아 있어요",
    "concerns_subcontract": "아니요",
    "concerns_core_technology": "아니요",
    "reporter_name": "박수진",
    "reporter_phone": "010-1234-5678",
    "reporter_email": "건너뛸게요",
    "company_name": "한빛정밀",
    "handover_consent": "네, 동의해요",
    "confirm_report": "네, 접수해 주세요",
}


def hire(stack: "System", name: str) -> str:
    """Make an account as an administrator would, and return its set-up code."""
    command = [sys.executable, "-m", "desk.staff", "create", name, "--display-name", "김상담", "--role", "counsellor"]
    made = subprocess.run(command, env=stack.environment, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"설정 코드\s+(\S+)", made.stdout)
    assert found, made.stdout
    return found[1]


def set_up(page: Page, url: str, name: str, code: str) -> None:
    """Choose a password, register the second factor, and be at the desk."""
    page.goto(f"{url}/desk/setup")
    page.get_by_label("아이디").fill(name)
    page.get_by_label("설정 코드").fill(code)
    page.keyboard.press("Enter")
    secret = page.locator("code").inner_text().replace(" ", "")
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="대기")).to_be_visible()


def is_turn(response: Response) -> bool:
    return response.request.method == "POST" and response.url.endswith("/messages")


def say(page: Page, text: str) -> str | None:
    """Say something in the widget, and return what the bot asks for next."""
    with page.expect_response(is_turn, timeout=60_000) as answer:
        field = page.get_by_role("textbox", name="입력")
        field.fill(text)
        field.press("Enter")
    expects = answer.value.json()["expects"]
    return expects["slot"] if expects else None


def assert_unreadable(stack: "System", *words: str) -> None:
    """Nothing that people said can be read in the databases, with their journals, or in any log."""
    files = [*stack.var.glob("*.db*"), *(stack.var / "log").iterdir(), stack.var / "output"]
    assert {"ultari.db", "tracker.db", "gateway.log", "actions.log", "rasa.log"} <= {file.name for file in files}
    for file in files:
        kept = file.read_bytes()
        for word in words:
            spelt = {word.encode(), word.encode("unicode_escape"), quote(word).encode(), word.encode("utf-16-le")}
            assert not any(each in kept for each in spelt), f"{word} in {file.name}"


def test_from_the_first_sentence_to_closing(stack: "System", open_page: Callable[..., Page]) -> None:
    user, staff = open_page(), open_page()
    set_up(staff, stack.url, "kim", hire(stack, "kim"))
    user.goto(stack.url)
    user.get_by_role("button", name="기술보호 상담").click()
    asked = say(user, STORY)
    assert asked == "privacy_consent"
    for _ in range(20):
        if asked is None:
            break
        asked = say(user, ANSWERS[asked])
    chat = user.locator("ultari-chat")
    receipt = chat.get_by_text("접수했어요. 접수번호").first
    expect(receipt).to_be_visible()
    found = re.search(r"접수번호 (\S+), PIN (\d+)", receipt.inner_text())
    assert found
    number, pin = found.groups()

    staff.get_by_role("link", name=number).click(timeout=15_000)
    brief = staff.locator(".brief")
    for words in ("금형", "설계팀장", "CCTV에 남아 있어요", "박수진", "한빛정밀", "010-1234-5678"):
        expect(brief.get_by_text(words).first).to_be_visible()
    expect(staff.locator("body")).not_to_contain_text(pin)
    brief.locator("a.quote", has_text="CCTV").click()
    expect(staff.locator(".message:target")).to_contain_text("CCTV에 남아 있어요")
    expect(staff.locator(".referrals")).to_contain_text("182")

    staff.get_by_role("button", name="이 상담 맡기").click()
    staff.get_by_label("답장").fill("안녕하세요, 내용을 모두 읽었어요.")
    staff.get_by_label("답장").press("Enter")
    expect(chat.get_by_text("안녕하세요, 내용을 모두 읽었어요.")).to_be_visible()
    say(user, "경찰서에 먼저 가야 하나요?")
    expect(staff.locator(".message.user .bubble").last).to_have_text("경찰서에 먼저 가야 하나요?")
    staff.locator(".referrals li", has_text="182").get_by_role("button", name="연락함").click()
    staff.locator("summary", has_text="종료하기").click()
    staff.get_by_label("어떻게 끝났나요").select_option("referred")
    staff.locator("form[action$='/close'] button").click()
    expect(staff.locator(".tag", has_text="종료: 기관에 연계")).to_be_visible()
    expect(chat.get_by_text(f"접수번호는 {number}예요.")).to_be_visible()
    say(user, "기술임치 수수료 얼마예요?")
    expect(chat.locator("li.bot .bubble").last).to_contain_text("30만원")
    assert_unreadable(
        stack, STORY, "설계팀장", "금형 도면", "CCTV에 남아", "박수진", "010-1234-5678", "01012345678", "한빛정밀",
        "경찰서에 먼저", "내용을 모두 읽었어요", "수수료 얼마예요",
    )  # fmt: skip


def everything(page: Page, sender: str) -> list[str]:
    return page.locator(f"li.{sender} .bubble, .message.{sender} .bubble").all_inner_texts()


def reply(staff: Page, text: str, before_waiting: Callable[[], None]) -> None:
    """Reply as a counsellor does: press Enter again as long as the desk says that it was not sent."""
    field, problem = staff.get_by_label("답장"), staff.locator("#reply-error")
    field.fill(text)
    field.press("Enter")
    before_waiting()
    for _ in range(60):
        if text in everything(staff, "staff"):
            break
        if problem.is_visible():
            field.press("Enter")
        staff.wait_for_timeout(500)
    expect(field).to_have_value("")


def test_a_gateway_that_is_killed_in_the_middle_of_a_talk_loses_nothing(
    stack: "System", open_page: Callable[..., Page]
) -> None:
    user, staff = open_page(), open_page()
    set_up(staff, stack.url, "lee", hire(stack, "lee"))
    user.goto(stack.url)
    user.get_by_role("button", name="기술보호 상담").click()
    say(user, "상담원 연결해 주세요")
    receipt = user.locator("ultari-chat .receipt dd").first
    staff.get_by_role("link", name=receipt.inner_text()).click(timeout=15_000)
    staff.get_by_role("button", name="이 상담 맡기").click()
    reply(staff, "안녕하세요.", lambda: None)
    expect(user.locator("ultari-chat li.staff .bubble")).to_have_text("안녕하세요.")
    field = user.get_by_role("textbox", name="입력")
    for number in range(3):
        killed = stack.part("gateway")
        field.fill(f"질문 {number}")

        def at_once(killed: Process = killed) -> None:
            field.press("Enter")
            killed.kill()

        reply(staff, f"답장 {number}", at_once)
        expect(staff.locator(".message.user .bubble").last).to_have_text(f"질문 {number}", timeout=60_000)
        expect(user.locator("ultari-chat li.staff .bubble").last).to_have_text(f"답장 {number}", timeout=60_000)
    said, answered = [f"질문 {number}" for number in range(3)], [f"답장 {number}" for number in range(3)]
    for page in (user, staff):
        assert everything(page, "user") == ["상담원 연결해 주세요", *said]
        assert everything(page, "staff") == ["안녕하세요.", *answered]
        page.reload()
        expect(page.get_by_text("답장 2")).to_be_visible()
        assert everything(page, "user") == ["상담원 연결해 주세요", *said]
        assert everything(page, "staff") == ["안녕하세요.", *answered]
