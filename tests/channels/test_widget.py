"""The widget in real Chromium, against the gateway."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from running_gateway import Gateway, RasaServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ESCROW = {
    "text": "수수료는 1년에 신규 30만원이에요. 문의는 02-368-8484예요.",
    "buttons": [{"title": "신청 방법", "payload": "/ask_program"}],
}
SIZES = [{"title": title, "payload": f"/inform_{number}"} for number, title in enumerate(("중소기업", "중견기업"))]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and under CI=true nothing may be left out.")
        pytest.skip("Chromium is not installed (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="ko-KR", timezone_id="Asia/Seoul")
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, gateway: Gateway, rasa: RasaServer) -> Iterator[Page]:
    rasa.answer = lambda body: [ESCROW, {"custom": {"sources": [{"program": 3, "section": "신청기간"}]}}]
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console", lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.goto(gateway.url)
    yield page
    assert problems == []


def open_chat(page: Page) -> Locator:
    page.get_by_role("button", name="기술보호 상담").click()
    return page.get_by_role("textbox", name="입력")


def bubbles(page: Page, sender: str) -> Locator:
    return page.locator(f"ultari-chat li.{sender} .bubble")


def ask(page: Page, text: str) -> None:
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")


def test_one_asks_by_keyboard_alone(page: Page) -> None:
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.shadowRoot?.activeElement?.className") == "launcher":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("임치 비용 얼마예요?")
    page.keyboard.press("Enter")
    expect(bubbles(page, "user")).to_have_text("임치 비용 얼마예요?")
    expect(bubbles(page, "bot")).to_contain_text("30만원")
    expect(page.get_by_role("textbox")).to_be_focused()
    expect(page.get_by_role("textbox")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="기술보호 상담")).to_be_focused()


def test_a_button_is_clicked_and_the_talk_is_there_after_reload(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    ask(page, "임치 비용")
    page.get_by_role("button", name="신청 방법").click()
    expect(bubbles(page, "user").nth(1)).to_have_text("신청 방법")
    expect(bubbles(page, "bot")).to_have_count(2)
    assert rasa.messages[1] == "/ask_program"
    before = page.locator("ultari-chat ol.log").inner_text()
    page.reload()
    expect(bubbles(page, "bot")).to_have_count(2)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.locator("ultari-chat ol.log").inner_text() == before
    page.get_by_role("button", name="신청 방법").last.click()
    expect(bubbles(page, "bot")).to_have_count(3)


def test_phone_numbers_can_be_tapped_and_the_source_is_named(page: Page) -> None:
    open_chat(page)
    ask(page, "임치 비용")
    expect(page.locator("ultari-chat li.bot a")).to_have_attribute("href", "tel:023688484")
    expect(page.locator("ultari-chat .sources")).to_contain_text("기술자료 임치제도 – 신청기간")


def test_a_short_number_can_be_tapped_where_it_is_a_contact(page: Page, rasa: RasaServer) -> None:
    card = {"type": "contacts", "contacts": [{"name": "경찰청", "phone": "182"}]}
    replies = iter([
        [{"text": "182개 회사가 받았어요. 모두 182\n문의: 산업기술유출 수사지원센터 182"}],
        [{"text": "· 경찰청 182: 경찰 수사 상담\n182명이 받았고, 모두 1825건이에요."}, {"custom": {"cards": [card]}}],
    ])  # fmt: skip
    rasa.answer = lambda body: next(replies)
    open_chat(page)
    ask(page, "경찰 번호")
    expect(bubbles(page, "bot").locator("a")).to_have_attribute("href", "tel:182")
    ask(page, "유출됐어요")
    expect(bubbles(page, "bot")).to_have_count(2)
    expect(bubbles(page, "bot").last.locator("a")).to_have_attribute("href", "tel:182")
    assert [
        link.evaluate("e => e.previousSibling.data.slice(-4)") for link in bubbles(page, "bot").locator("a").all()
    ] == ["원센터 ", "경찰청 "]


def test_text_is_never_markup(page: Page, rasa: RasaServer) -> None:
    nasty = "<img src=x onerror=\"document.title='caught'\"><b>굵게</b>"
    rasa.answer = lambda body: [
        {"text": nasty, "buttons": [{"title": nasty, "payload": "/x"}]},
        {"custom": {"cards": [{"type": "program", "number": 3, "verdict": "eligible", "name": nasty, "reasons": [{"condition": nasty, "met": True}]}],
                    "sources": [{"program": 99, "section": nasty}]}},
    ]  # fmt: skip
    open_chat(page)
    ask(page, nasty)
    expect(bubbles(page, "user")).to_have_text(nasty)
    expect(bubbles(page, "bot")).to_have_text(nasty)
    assert page.locator("ultari-chat img").count() == 0
    assert page.title() != "caught"


SYLLABLES = """([events]) => {
  const root = document.querySelector('ultari-chat').shadowRoot;
  const field = root.querySelector('textarea');
  field.focus();
  field.value = '임치 비';
  const key = (keyCode, isComposing) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode, isComposing, bubbles: true, cancelable: true}));
  field.dispatchEvent(new CompositionEvent('compositionstart'));
  field.value = '임치 비용';
  for (const event of events) {
    if (event === 'enter-composing') key(229, true);
    if (event === 'end') field.dispatchEvent(new CompositionEvent('compositionend', {data: '용'}));
    if (event === 'enter-229') key(229, false);
    if (event === 'enter') key(13, false);
  }
}"""


@pytest.mark.parametrize(
    "events",
    [
        ["enter-composing", "end"],  # Windows: the Enter that ends the syllable is the only one
        ["enter-composing", "end", "enter"],  # macOS, Chromium: a plain Enter follows
        ["end", "enter-229"],  # Safari: the syllable ends first
        ["end", "enter"],  # Linux
    ],
)
def test_one_enter_of_a_korean_input_method_sends_once_and_whole(
    page: Page, rasa: RasaServer, events: list[str]
) -> None:
    open_chat(page)
    page.evaluate(SYLLABLES, [events])
    expect(bubbles(page, "bot")).to_have_count(1)
    time.sleep(0.3)
    assert rasa.messages == ["임치 비용"]
    expect(page.get_by_role("textbox")).to_have_value("")


def test_a_real_composition_is_sent_once(page: Page, context: BrowserContext, rasa: RasaServer) -> None:
    open_chat(page)
    devtools = context.new_cdp_session(page)
    devtools.send("Input.insertText", {"text": "임치 비"})
    for text in ("ㅇ", "요", "용"):
        devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    devtools.send("Input.insertText", {"text": "용"})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **key, "windowsVirtualKeyCode": 13})
    expect(bubbles(page, "bot")).to_have_count(1)
    time.sleep(0.3)
    assert rasa.messages == ["임치 비용"]


def test_shift_enter_makes_a_new_line(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    page.keyboard.type("한 줄")
    page.keyboard.press("Shift+Enter")
    ask(page, "두 줄")
    expect(bubbles(page, "bot")).to_have_count(1)
    assert rasa.messages == ["한 줄\n두 줄"]


def test_the_input_fits_what_the_bot_asks_for(page: Page, rasa: RasaServer) -> None:
    def expecting(input: str, **more: Any) -> None:
        custom = {"expects": {"form": "leak_report", "slot": "x", "input": input, "step": 3, "of": 10, **more}}
        rasa.answer = lambda body: [{"text": f"{input}?"}, {"custom": custom}]

    box = open_chat(page)
    expecting("tel")
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(page.get_by_role("textbox", name="전화번호 입력")).to_have_attribute("autocomplete", "tel")
    expect(page.get_by_text("10단계 중 3단계")).to_be_visible()
    expecting("date", choices=[{"title": "잘 모르겠어요", "payload": "/dont_know"}])
    ask(page, "010-1234-5678")
    expect(page.get_by_label("달력에서 고르기")).to_be_visible()
    page.get_by_label("달력에서 고르기").fill("2025-03-14")
    expect(page.get_by_role("textbox", name="날짜 입력")).to_have_value("2025년 3월 14일")
    expecting("choice", choices=SIZES)
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="고를 수 있는 답").get_by_role("button")).to_have_text(
        ["중소기업", "중견기업"]
    )
    rasa.answer = lambda body: [{"text": "끝이에요."}]
    page.get_by_role("button", name="중견기업").click()
    expect(page.get_by_role("group", name="고를 수 있는 답")).to_be_hidden()
    expect(page.get_by_text("10단계 중 3단계")).to_be_hidden()
    expect(box).to_be_focused()
    assert rasa.messages == ["하나", "010-1234-5678", "2025년 3월 14일", "/inform_1"]


def test_cards_are_drawn(page: Page, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [{"custom": {"cards": [
        {"type": "program", "number": 3, "verdict": "unknown",
         "reasons": [{"condition": "중소기업이에요", "met": True}, {"condition": "보안장비", "met": False}, {"condition": "하도급", "met": None}]},
        {"type": "contacts", "contacts": [{"name": "수사지원센터", "phone": "182"}]},
        {"type": "ticket", "number": "2026-000123", "contacts": [{"name": "센터", "phone": "042-388-0758~60"}]},
    ]}}]  # fmt: skip
    open_chat(page)
    ask(page, "추천")
    card = page.locator("ultari-chat article").first
    expect(card).to_contain_text("기술자료 임치제도")
    expect(card).to_contain_text("더 확인이 필요해요")
    expect(card.locator("li")).to_have_text(
        ["✓맞아요: 중소기업이에요", "✗맞지 않아요: 보안장비", "?확인이 필요해요: 하도급"]
    )
    expect(page.get_by_role("link", name="수사지원센터 182 전화 걸기")).to_have_attribute("href", "tel:182")
    expect(page.get_by_role("link", name="센터 042-388-0758~60 전화 걸기")).to_have_attribute("href", "tel:0423880758")
    expect(page.get_by_text("2026-000123")).to_be_visible()


def test_what_is_said_without_a_line_is_sent_when_it_is_back(
    page: Page, context: BrowserContext, rasa: RasaServer
) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    context.set_offline(True)
    ask(page, "둘")
    ask(page, "셋")
    expect(page.get_by_role("status")).to_contain_text("연결")
    expect(bubbles(page, "user")).to_have_count(3)
    context.set_offline(False)
    expect(bubbles(page, "bot")).to_have_count(3)
    expect(page.get_by_role("status")).to_be_hidden()
    assert rasa.messages == ["하나", "둘", "셋"]


def test_a_lost_answer_is_asked_for_again_with_the_same_id(page: Page, rasa: RasaServer) -> None:
    dropped = []

    def drop_first(route: Any) -> None:
        if route.request.method == "POST" and not dropped:
            dropped.append(route.fetch())  # the gateway has it, the browser never hears of it
            route.abort("connectionreset")
        else:
            route.continue_()

    open_chat(page)
    page.route("**/api/conversations/*/messages", drop_first)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    time.sleep(1.5)
    expect(bubbles(page, "user")).to_have_count(1)
    assert rasa.messages == ["하나"]


def test_what_was_not_sent_before_a_reload_is_sent_after_it(
    page: Page, context: BrowserContext, rasa: RasaServer
) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.route(
        "**/api/conversations/*/messages",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    ask(page, "둘")
    expect(page.get_by_role("status")).to_contain_text("연결")
    page.unroute_all()
    page.reload()
    expect(bubbles(page, "bot")).to_have_count(2)
    expect(bubbles(page, "user")).to_have_text(["하나", "둘"])
    assert rasa.messages == ["하나", "둘"]


def test_two_tabs_show_the_same_talk(page: Page, context: BrowserContext, gateway: Gateway) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    other = context.new_page()
    other.goto(gateway.url)
    expect(bubbles(other, "bot")).to_have_count(1)
    ask(page, "둘")
    expect(bubbles(other, "bot")).to_have_count(2)


def test_a_person_takes_over_in_the_same_window(
    browser: Browser, start_gateway: Callable[..., Gateway], rasa: RasaServer
) -> None:
    from bot.conversations.database import make_engine
    from bot.conversations.store import Outgoing, Store

    gateway = start_gateway(heartbeat_seconds=0.3)
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.goto(gateway.url)
    open_chat(page)
    ask(page, "상담원이요")
    expect(bubbles(page, "bot")).to_have_count(1)
    store = Store(make_engine(gateway.settings))
    conversation = rasa.received[0]["sender"]
    store.append(conversation, [Outgoing("system", "상담원을 부르고 있어요.")], status="waiting")
    expect(page.get_by_role("status")).to_contain_text("기다리고")
    store.append(conversation, [Outgoing("staff", "안녕하세요, 상담원이에요.")], status="human")
    expect(bubbles(page, "staff")).to_have_text("안녕하세요, 상담원이에요.")
    expect(page.get_by_role("status")).to_contain_text("상담원과 대화")
    # The line took room from the talk; its end is in sight all the same.
    store.append(conversation, [Outgoing("staff", "도면은\n어디에\n있었나요?\n" * 8)], status="waiting")
    expect(page.get_by_role("status")).to_contain_text("기다리고")
    store.append(conversation, [], status="bot")
    expect(page.get_by_role("status")).to_be_hidden()
    store.append(conversation, [], status="human")
    expect(page.get_by_role("status")).to_contain_text("상담원과 대화")
    below = "view => view.scrollHeight - view.scrollTop - view.clientHeight"
    page.wait_for_timeout(200)
    assert page.locator("ultari-chat .scroll").evaluate(below) <= 1
    ask(page, "네")
    page.get_by_role("button", name="대화창 닫기").click()
    store.append(conversation, [Outgoing("staff", "계신가요?")])
    expect(page.get_by_role("button", name="새 메시지 1개")).to_be_visible()
    store.append(conversation, [], status="closed")
    page.get_by_role("button", name="새 메시지 1개").click()
    expect(page.get_by_role("status")).to_contain_text("끝난 대화")
    expect(page.get_by_role("textbox")).to_be_hidden()
    context.close()


def test_a_new_talk_begins_empty(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name="새 대화").click()
    page.get_by_role("button", name="취소").click()
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name="새 대화").click()
    page.get_by_role("button", name="새로 시작").click()
    expect(bubbles(page, "bot")).to_have_count(0)
    expect(page.get_by_text("안녕하세요. 기술보호 상담봇이에요.")).to_be_visible()
    ask(page, "둘")
    expect(bubbles(page, "bot")).to_have_count(1)
    assert rasa.received[0]["sender"] != rasa.received[1]["sender"]
    page.reload()
    expect(bubbles(page, "user")).to_have_text(["둘"])


def begin_anew(page: Page) -> None:
    page.get_by_role("button", name="새 대화").click()
    page.get_by_role("button", name="새로 시작").click()


def test_an_answer_of_the_old_talk_does_not_come_into_the_new_one(page: Page, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [{"text": f"{body['message']}의 답"}]
    rasa.seconds = 1.5
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "user")).to_have_text("하나")
    time.sleep(0.5)
    begin_anew(page)
    ask(page, "둘")
    expect(bubbles(page, "bot")).to_have_text(["둘의 답"])
    expect(bubbles(page, "user")).to_have_text(["둘"])
    assert rasa.received[0]["sender"] != rasa.received[1]["sender"]


def test_a_talk_that_is_still_being_opened_is_given_up_for_a_new_one(page: Page, rasa: RasaServer) -> None:
    held: list[Any] = []
    page.route("**/api/conversations", lambda route: held.append(route))
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "user")).to_have_text("하나")
    begin_anew(page)
    ask(page, "둘")
    expect(bubbles(page, "user")).to_have_text("둘")
    for route in held:
        route.continue_()
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(bubbles(page, "user")).to_have_text(["둘"])
    assert rasa.messages == ["둘"]


def test_a_history_of_the_old_talk_does_not_come_into_the_new_one(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    held: list[Any] = []
    page.route("**/api/conversations/*/messages?after=0", lambda route: held.append(route))
    page.reload()
    expect(page.get_by_role("textbox")).to_be_visible()
    page.evaluate("document.querySelector('ultari-chat').startFresh()")  # the button waits for something to be shown
    for route in held:
        route.continue_()
    time.sleep(1)
    ask(page, "둘")
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(bubbles(page, "user")).to_have_text(["둘"])


@pytest.mark.parametrize("seconds", [0, 3])
def test_an_element_that_is_moved_on_the_page_goes_on_with_its_talk(
    page: Page, gateway: Gateway, rasa: RasaServer, seconds: int
) -> None:
    from bot.conversations.database import make_engine
    from bot.conversations.store import Outgoing, Store

    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.evaluate("window.taken = document.querySelector('ultari-chat'); window.taken.remove()")
    time.sleep(seconds)
    page.evaluate("document.querySelector('main, body').prepend(window.taken)")
    store = Store(make_engine(gateway.settings))
    store.append(rasa.received[0]["sender"], [Outgoing("staff", "안녕하세요, 상담원이에요.")])
    expect(bubbles(page, "staff")).to_have_text("안녕하세요, 상담원이에요.")
    page.evaluate("dispatchEvent(new StorageEvent('storage', {key: 'ultari-chat', newValue: localStorage.clear()}))")
    expect(bubbles(page, "bot")).to_have_count(0)


def test_an_expired_talk_goes_on_in_a_new_one(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    ask(page, "하나")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.evaluate("document.querySelector('ultari-chat').state.token = 'x'")
    ask(page, "둘")
    expect(bubbles(page, "bot")).to_have_count(2)
    expect(page.get_by_text("보관 기간이 지나서")).to_be_visible()
    assert rasa.messages == ["하나", "둘"]


def test_a_text_that_is_too_long_stays_in_the_field(page: Page, rasa: RasaServer) -> None:
    open_chat(page)
    page.get_by_role("textbox").fill("가" * 2001)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("2,000자")
    expect(page.get_by_role("textbox")).to_have_value("가" * 2001)
    assert rasa.messages == []


def test_the_browser_keeps_no_words(page: Page) -> None:
    open_chat(page)
    ask(page, "설계도를 도둑맞았어요")
    expect(bubbles(page, "bot")).to_have_count(1)
    kept = page.evaluate("JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage}) + document.cookie")
    assert "설계도" not in kept
    assert "30만원" not in kept


def test_the_screen_reader_hears_new_messages_in_a_log(page: Page) -> None:
    open_chat(page)
    log = page.get_by_role("log", name="대화 내용")
    expect(log).to_have_attribute("aria-live", "polite")
    ask(page, "임치 비용")
    expect(log.get_by_role("listitem").first).to_contain_text("나")
    assert page.get_by_role("dialog", name="기술보호 상담봇").count() == 1
    unnamed = page.evaluate(
        """() => [...document.querySelector('ultari-chat').shadowRoot.querySelectorAll('button, a, input, textarea')]
             .filter((e) => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)"""
    )
    assert unnamed == []


LUMINANCE = """() => {
  const root = document.querySelector('ultari-chat').shadowRoot;
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (node) => { for (; node; node = node.parentElement || node.getRootNode().host) {
    const c = rgb(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const low = [];
  for (const node of root.querySelectorAll('*')) {
    if (!node.checkVisibility() || ![...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) low.push([node.className, node.textContent.slice(0, 20), ratio.toFixed(2)]);
  }
  return low;
}"""


def test_all_text_has_enough_contrast(page: Page, rasa: RasaServer) -> None:
    rasa.answer = lambda body: [ESCROW, {"custom": {
        "sources": [{"program": 3, "section": "신청기간"}],
        "cards": [{"type": "program", "number": 3, "verdict": verdict, "reasons": [{"condition": "조건", "met": met}]}
                  for verdict, met in (("eligible", True), ("unknown", None), ("ineligible", False))]
                 + [{"type": "ticket", "number": "1", "contacts": [{"name": "센터", "phone": "182"}]}],
        "expects": {"form": "f", "slot": "s", "input": "choice", "choices": SIZES, "step": 1, "of": 2},
    }}]  # fmt: skip
    assert page.evaluate(LUMINANCE) == []
    open_chat(page)
    assert page.evaluate(LUMINANCE) == []
    ask(page, "900101-1234567 추천")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.locator("ultari-chat").evaluate(
        "chat => { chat.trouble('연결이 고르지 않아요.'); chat.hint.textContent = '너무 길어요'; }"
    )
    assert page.evaluate(LUMINANCE) == []


def test_a_phone_sized_screen_is_filled(browser: Browser, gateway: Gateway, rasa: RasaServer) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, locale="ko-KR"
    )
    page = context.new_page()
    page.goto(gateway.url)
    page.get_by_role("button", name="기술보호 상담").tap()
    assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    page.get_by_role("button", name="어떤 지원사업이 있나요?").tap()
    expect(bubbles(page, "bot")).to_have_count(1)
    small = page.evaluate(
        """() => [...document.querySelector('ultari-chat').shadowRoot.querySelectorAll('button')].filter((b) => b.checkVisibility())
             .map((b) => [b.textContent, b.getBoundingClientRect()]).filter(([, r]) => r.width < 44 || r.height < 44).map(([text]) => text)"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_nothing_moves_for_those_who_asked_for_it(browser: Browser, gateway: Gateway, rasa: RasaServer) -> None:
    rasa.seconds = 1.0
    context = browser.new_context(reduced_motion="reduce", locale="ko-KR")
    page = context.new_page()
    page.goto(gateway.url)
    open_chat(page)
    ask(page, "안녕")
    expect(page.get_by_text("답변을 쓰고 있어요")).to_be_attached()
    assert page.locator("ultari-chat .typing i").first.evaluate("dot => getComputedStyle(dot).animationName") == "none"
    context.close()


@pytest.fixture
def portal() -> Iterator[ThreadingHTTPServer]:
    """Serve a page of somebody else's, with a strict policy of its own; its html is set by the test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, policy = self.server.page  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_portal_on_another_origin_embeds_it_with_one_tag(
    browser: Browser, start_gateway: Callable[..., Gateway], rasa: RasaServer, portal: ThreadingHTTPServer
) -> None:
    origin = f"http://127.0.0.1:{portal.server_port}"
    gateway = start_gateway(allowed_origins=(origin,))
    script = f'<script src="{gateway.url}/widget.js"></script>'
    portal.page = (  # type: ignore[attr-defined]
        f'<!doctype html><html lang="ko"><body><h1>포털</h1>{script}</body></html>',
        f"default-src 'none'; script-src {gateway.url}; connect-src {gateway.url}",
    )
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.goto(origin)
    open_chat(page)
    ask(page, "안녕")
    expect(bubbles(page, "bot")).to_have_count(1)
    context.close()


def test_the_privacy_page_is_one_tap_away(page: Page, context: BrowserContext) -> None:
    open_chat(page)
    with context.expect_page() as opened:
        page.get_by_role("dialog").get_by_role("link", name="개인정보 처리방침").click()
    expect(opened.value.get_by_role("heading", name="개인정보 처리방침")).to_be_visible()
    expect(opened.value.get_by_text("90일")).to_be_visible()


def test_the_privacy_page_says_what_the_settings_do(start_gateway: Callable[..., Gateway]) -> None:
    gateway = start_gateway(retention_days=12, ticket_days=34, draft_hours=5, conversation_days=9)
    page = httpx.get(f"{gateway.url}/privacy", trust_env=False).text
    for words in ("접수하지 않은 대화: 마지막 메시지로부터 <b>12일", "상담이 끝난 뒤 <b>34일", "<b>5시간", "9일이에요"):
        assert words in page
    for right in ("열람", "정정", "삭제"):
        assert f"<li>{right}: “" in page
