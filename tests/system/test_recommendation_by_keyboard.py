"""The way of an assistant who fills the form by keyboard alone and prints the result for the boss."""

from __future__ import annotations

import io

import pypdf
from playwright.sync_api import Page, expect
from running_system import System

ANSWERS = {
    "업종": "금형 제조",
    "정상 영업": "네",
    "비용의 일부": "네",
    "인증": "이노비즈 있어요",
    "더 걱정": "없어요",
}

MOST_TABS = 120


def test_the_form_is_filled_by_keyboard_and_its_result_is_printed(stack: System, page: Page) -> None:
    page.goto(stack.url)
    _tab_to(page, "BUTTON", "기술보호 상담")
    page.keyboard.press("Enter")
    bubbles = page.locator("ultari-chat li.bot .bubble")
    _type(page, "CCTV 설치비를 지원받고 싶은데 맞는 사업을 추천해 주세요")
    expect(page.locator("ultari-chat")).to_contain_text("회사 규모가 어떻게 되세요?")
    count = bubbles.count()
    _tab_to(page, "BUTTON", "중소기업이에요")
    page.keyboard.press("Enter")
    expect(bubbles.nth(count)).to_be_visible()
    page.wait_for_timeout(300)
    for _ in range(12):
        last = bubbles.last.inner_text()
        if "문의처에서 꼭 확인" in last:
            break
        answer = next((words for question, words in ANSWERS.items() if question in last), "모르겠어요")
        count = bubbles.count()
        _type(page, answer)
        expect(bubbles.nth(count)).to_be_visible()
        page.wait_for_timeout(300)
    expect(page.locator("ultari-chat")).to_contain_text("기술유출방지시스템 구축")
    _tab_to(page, "A", "/recommendations/")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    printed = opened.value
    printed.wait_for_load_state()
    expect(printed.get_by_role("heading", level=1)).to_have_text("우리 회사에 맞는 기술보호 지원사업")
    reader = pypdf.PdfReader(io.BytesIO(printed.pdf(prefer_css_page_size=True)))
    width, height = (float(side) for side in reader.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842), "A4"
    assert len(reader.pages) <= 2
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    for shown in ("기술유출방지시스템구축", "042-388-0758~60", "이노비즈", "출처:중소·중견기업을위한기술보호지원제도"):
        assert shown in text


def _tab_to(page: Page, tag: str, words: str) -> None:
    """Press Tab until an element of this kind with these words (or this label) has the focus."""
    script = """([tag, words]) => {
        let element = document.activeElement;
        while (element && element.shadowRoot && element.shadowRoot.activeElement) element = element.shadowRoot.activeElement;
        if (!element || element.tagName !== tag) return false;
        const named = [element.textContent, element.getAttribute('aria-label'), ...[...(element.labels || [])].map((label) => label.textContent)];
        return named.some((name) => (name || '').includes(words));
    }"""
    for _ in range(MOST_TABS):
        if page.evaluate(script, [tag, words]):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {tag} {words}")


def _type(page: Page, text: str) -> None:
    """Go to the field by Tab, where the focus is not there already, type and send."""
    _tab_to(page, "TEXTAREA", "입력")
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")
