"""The way of somebody who has just typed `make run`: open the page, ask by keyboard, click, reload."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from running_system import System


def test_a_question_on_the_page_gets_its_answer(stack: System, page: Page) -> None:
    page.goto(stack.url)
    page.get_by_role("button", name="기술보호 상담").click()
    page.get_by_role("textbox", name="입력").focus()
    page.keyboard.insert_text("기술임치 수수료 얼마예요?")
    page.keyboard.press("Enter")
    answer = page.locator("ultari-chat li.bot .bubble").last
    expect(answer).to_contain_text("30만원")
    offered = page.locator("ultari-chat li.bot button").last
    title = offered.inner_text()
    offered.click()
    expect(page.locator("ultari-chat li.user .bubble").last).to_contain_text(title)
    expect(page.locator("ultari-chat li.bot")).not_to_have_count(1)
    page.reload()
    expect(page.locator("ultari-chat")).to_contain_text("30만원")
    expect(page.locator("ultari-chat")).to_contain_text(title)
