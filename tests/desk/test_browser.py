"""The desk in real Chromium: one counsellor by keyboard, and two windows, the user's widget and the staff's desk."""

import re
from collections.abc import Callable

import pytest
from desk_at_work import PASSWORD, Desk
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import insert, select, update

from bot.conversations.store import Outgoing
from bot.tickets.model import AuditRecord, Ticket
from bot.tickets.store import NewTicket
from bot.tickets.workflow import LEAK


def sign_in(page: Page, desk: Desk, name: str) -> None:
    """Sign in by keyboard alone."""
    desk.forget_codes(name)
    page.goto(f"{desk.url}/desk/")
    expect(page.get_by_label("아이디")).to_be_focused()
    for text in (name, PASSWORD, desk.code_of(name)):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="대기")).to_be_visible(timeout=15_000)


def step_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus carries these words."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()")
        if words in focused:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {words} cannot be seen"
            return
    raise AssertionError(f"Tab does not reach {words}")


def test_a_counsellor_works_by_keyboard_alone(desk: Desk, open_page: Callable[..., Page]) -> None:
    ticket = desk.ticket(urgent=True)
    page = open_page()
    sign_in(page, desk, "kim")
    step_to(page, ticket["number"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=ticket["number"])).to_be_visible()
    step_to(page, "이 상담 맡기")
    page.keyboard.press("Enter")
    expect(page.get_by_text("김상담 상담원이 연결됐어요.")).to_be_visible()
    page.get_by_label("답장").focus()
    page.keyboard.type("안녕하세요, 김상담이에요.")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("도와드릴게요.")
    page.keyboard.press("Enter")
    expect(page.locator(".message.staff .bubble")).to_have_text("안녕하세요, 김상담이에요.\n도와드릴게요.")
    expect(page.get_by_label("답장")).to_have_value("")
    expect(page.get_by_label("답장")).to_be_focused()
    desk.store.append(ticket["conversation_id"], [Outgoing("user", "경찰서에 먼저 가야 하나요?")])
    expect(page.locator(".message.user .bubble").last).to_have_text("경찰서에 먼저 가야 하나요?")
    page.locator("summary", has_text="종료하기").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("기관")  # the browser's own search in a list
    page.get_by_label("어떻게 끝났나요").select_option("referred")
    page.locator("form[action$='/close'] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".tag", has_text="종료: 기관에 연계")).to_be_visible()


SYLLABLES = """([events]) => {
  const field = document.querySelector('#reply');
  field.focus();
  field.value = '안녕하세';
  const key = (keyCode, isComposing) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode, isComposing, bubbles: true, cancelable: true}));
  field.dispatchEvent(new CompositionEvent('compositionstart'));
  field.value = '안녕하세요';
  for (const event of events) {
    if (event === 'enter-composing') key(229, true);
    if (event === 'end') field.dispatchEvent(new CompositionEvent('compositionend', {data: '요'}));
    if (event === 'enter-229') key(229, false);
    if (event === 'enter') key(13, false);
  }
}"""


@pytest.fixture
def replying(desk: Desk, open_page: Callable[..., Page]) -> tuple[Page, Callable[[], list[str]]]:
    """Return a page on which a reply can be written, and what staff has said."""
    ticket, page = desk.ticket(), open_page()
    sign_in(page, desk, "kim")
    desk.browser("kim").post(f"/tickets/{ticket['number']}/claim")
    page.goto(f"{desk.url}/desk/tickets/{ticket['number']}")

    def said() -> list[str]:
        messages = desk.store.history(ticket["conversation_id"]).messages
        return [message["text"] for message in messages if message["from"] == "staff"]

    return page, said


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
    replying: tuple[Page, Callable[[], list[str]]], events: list[str]
) -> None:
    page, said = replying
    page.evaluate(SYLLABLES, [events])
    expect(page.locator(".message.staff .bubble")).to_have_text("안녕하세요")
    page.wait_for_timeout(300)
    assert said() == ["안녕하세요"]
    expect(page.get_by_label("답장")).to_have_value("")


def test_a_real_composition_is_sent_once(replying: tuple[Page, Callable[[], list[str]]]) -> None:
    page, said = replying
    page.get_by_label("답장").focus()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.insertText", {"text": "안녕하세"})
    for text in ("ㅇ", "요"):
        devtools.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    devtools.send("Input.insertText", {"text": "요"})
    devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **key, "windowsVirtualKeyCode": 13})
    expect(page.locator(".message.staff .bubble")).to_have_text("안녕하세요")
    page.wait_for_timeout(300)
    assert said() == ["안녕하세요"]


def test_a_reply_whose_answer_was_lost_is_sent_again_and_said_once(
    replying: tuple[Page, Callable[[], list[str]]],
) -> None:
    page, said = replying
    dropped = []

    def drop_first(route: Route) -> None:
        if dropped:
            route.continue_()
        else:
            dropped.append(route.fetch())  # the desk has it, the browser never hears of it
            route.abort("connectionreset")

    page.evaluate("() => source.close()")  # nor does it see the words in the talk
    page.route("**/reply", drop_first)
    field = page.get_by_label("답장")
    field.fill("182에 전화해 주세요.")
    field.press("Enter")
    expect(page.locator("#reply-error")).to_contain_text("보내지 못했어요")
    expect(field).to_have_value("182에 전화해 주세요.")
    field.press("Enter")
    expect(field).to_have_value("")
    page.evaluate("() => follow()")
    field.fill("네")
    field.press("Enter")
    expect(page.locator(".message.staff .bubble").last).to_have_text("네")
    assert said() == ["182에 전화해 주세요.", "네"]


def test_a_reply_written_while_another_is_on_its_way_follows_it(replying: tuple[Page, Callable[[], list[str]]]) -> None:
    page, said = replying
    page.route("**/reply", lambda route: (page.wait_for_timeout(300), route.continue_()))
    field = page.get_by_label("답장")
    for text in ("안녕하세요.", "도면은 어디에 있었나요?", "네"):
        field.fill(text)
        field.press("Enter")
        expect(field).to_have_value("", timeout=100)
    expect(page.locator(".message.staff .bubble").last).to_have_text("네")
    assert said() == ["안녕하세요.", "도면은 어디에 있었나요?", "네"]


@pytest.mark.parametrize("typed", ["", "그리고 "])
@pytest.mark.parametrize("shown_first", [True, False])
def test_a_reply_that_stands_in_the_talk_does_not_come_back_as_unsent(
    replying: tuple[Page, Callable[[], list[str]]], typed: str, shown_first: bool
) -> None:
    page, said = replying
    text, shown = "182에 전화해 주세요.", page.locator(".message.staff .bubble")
    if not shown_first:
        page.evaluate("() => source.close()")

    def lose_the_answer(route: Route) -> None:
        route.fetch()  # the desk has it, the browser never hears of it
        if shown_first:
            expect(shown).to_have_text(text)
        route.abort("connectionreset")

    page.route("**/reply", lose_the_answer)
    field = page.get_by_label("답장")
    field.fill(text)
    field.press("Enter")
    field.type(typed)
    if not shown_first:
        expect(page.locator("#reply-error")).to_contain_text("보내지 못했어요")
        page.evaluate("() => follow()")  # the connection is back, and brings what was said
    expect(shown).to_have_text(text)
    expect(page.locator("#reply-error")).to_be_hidden()
    expect(field).to_have_value(typed)
    assert said() == [text]


def test_user_and_staff_talk_in_two_windows(desk: Desk, open_page: Callable[..., Page]) -> None:
    user, staff = open_page(), open_page()
    user.goto(desk.url)
    user.get_by_role("button", name="기술보호 상담").click()
    field = user.get_by_role("textbox", name="입력")
    field.fill("어제 퇴사한 직원이 도면을 가져갔어요")
    field.press("Enter")
    expect(user.locator("ultari-chat li.bot .bubble").first).to_be_visible()
    conversation = user.evaluate("JSON.parse(Object.values({...localStorage, ...sessionStorage})[0]).id")
    sign_in(staff, desk, "kim")
    new = NewTicket(f"two windows {conversation}", LEAK, "web", conversation, live=True)
    number = desk.tickets.create(new).ticket["number"]
    desk.store.append(conversation, [], status="waiting")
    place = desk.tickets.place_in_queue(desk.tickets.by_number(number)["id"])
    field.fill("계신가요?")
    field.press("Enter")
    line = user.locator("ultari-chat").get_by_role("status")
    expect(line).to_contain_text(f"지금 {place}번째예요")
    row = staff.get_by_role("link", name=number)
    expect(row).to_be_visible()  # it came by itself
    expect(staff).to_have_title(re.compile(r"^\(\d+\)"))
    row.click()
    staff.get_by_role("button", name="이 상담 맡기").click()
    expect(user.locator("ultari-chat").get_by_text("김상담 상담원이 연결됐어요.")).to_be_visible()
    expect(line).to_have_text("김상담 상담원과 대화하고 있어요.")
    staff.get_by_label("답장").press_sequentially("많이 놀라셨죠.")
    expect(user.locator("ultari-chat .typing")).to_be_visible()
    staff.get_by_label("답장").press("Enter")
    expect(user.locator("ultari-chat li.staff .bubble")).to_have_text("많이 놀라셨죠.")
    expect(user.locator("ultari-chat .typing")).to_be_hidden()
    field.fill("네, 어디에 먼저 연락해야 하나요?")
    field.press("Enter")
    expect(staff.locator(".message.user .bubble").last).to_have_text("네, 어디에 먼저 연락해야 하나요?")
    user.reload()
    expect(line).to_have_text("김상담 상담원과 대화하고 있어요.")
    staff.get_by_label("답장").fill("182에 먼저 전화해 주세요.")
    staff.get_by_label("답장").press("Enter")
    expect(user.locator("ultari-chat").get_by_text("182에 먼저 전화해 주세요.")).to_be_visible()
    staff.locator("summary", has_text="종료하기").click()
    staff.get_by_label("어떻게 끝났나요").select_option("answered")
    staff.locator("form[action$='/close'] button").click()
    expect(user.locator("ultari-chat").get_by_text(f"접수번호는 {number}예요.")).to_be_visible()


# Both windows run on one clock: the desk notes when Enter is pressed, the widget when the reply is drawn.
NOTE_ENTERS = """() => { window.pressed = []; document.querySelector('#reply').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') window.pressed.push(performance.timeOrigin + performance.now()); }, { capture: true }); }"""
NOTE_REPLIES = """() => { window.drawn = []; const log = document.querySelector('ultari-chat').shadowRoot.querySelector('.log');
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
    if (node.className?.includes('staff')) requestAnimationFrame(() => window.drawn.push(performance.timeOrigin + performance.now()));
  }))).observe(log, { childList: true }); }"""


def test_a_reply_is_drawn_in_the_users_window_within_300_ms(desk: Desk, open_page: Callable[..., Page]) -> None:
    user, staff = open_page(), open_page()
    user.goto(desk.url)
    user.get_by_role("button", name="기술보호 상담").click()
    field = user.get_by_role("textbox", name="입력")
    field.fill("상담원이요")
    field.press("Enter")
    expect(user.locator("ultari-chat li.bot .bubble").first).to_be_visible()
    conversation = user.evaluate("JSON.parse(Object.values({...localStorage, ...sessionStorage})[0]).id")
    ticket = desk.ticket(conversation_id=conversation, key=conversation)
    sign_in(staff, desk, "kim")
    desk.browser("kim").post(f"/tickets/{ticket['number']}/claim")
    expect(user.locator("ultari-chat").get_by_text("김상담 상담원이 연결됐어요.")).to_be_visible()
    staff.goto(f"{desk.url}/desk/tickets/{ticket['number']}")
    staff.evaluate(NOTE_ENTERS)
    user.evaluate(NOTE_REPLIES)
    for number in range(10):
        staff.get_by_label("답장").fill(f"답장 {number}")
        staff.get_by_label("답장").press("Enter")
        expect(user.locator("ultari-chat li.staff .bubble").last).to_have_text(f"답장 {number}")
    pressed, drawn = staff.evaluate("window.pressed"), user.evaluate("window.drawn")
    took = sorted(after - before for before, after in zip(pressed, drawn, strict=True))
    print(f"from the desk's Enter to the user's window: median {took[5]:.0f} ms, worst {took[-1]:.0f} ms")
    assert took[0] > 0
    assert took[-1] < 300


def test_a_new_ticket_is_announced_also_while_another_is_claimed(desk: Desk, open_page: Callable[..., Page]) -> None:
    claimed, page = desk.ticket(), open_page()
    sign_in(page, desk, "kim")
    expect(page.get_by_role("link", name=claimed["number"])).to_be_visible()
    page.wait_for_timeout(1500)  # the stream is there, and all that was before is known
    page.evaluate("document.querySelector('[data-live]').textContent = ''")
    row = desk.tickets.get(claimed["id"])
    with desk.engine.begin() as connection:  # both in one moment
        connection.execute(update(Ticket).where(Ticket.id == row["id"]).values(state="claimed", owner="0"))
        fresh = connection.execute(select(Ticket.__table__).where(Ticket.id == row["id"])).mappings().one()
        new = dict(fresh) | {
            "id": f"new{row['id'][3:]}",
            "key": f"new {row['id']}",
            "number": "ZZ-999999",
            "state": "new",
            "owner": None,
        }
        connection.execute(insert(Ticket).values(**new))
        last = (
            connection.execute(select(AuditRecord.__table__).order_by(AuditRecord.id.desc()).limit(1)).mappings().one()
        )
        connection.execute(insert(AuditRecord).values(**dict(last) | {"id": last["id"] + 1, "seq": 99}))
    expect(page.locator("[data-live]")).to_contain_text("새 상담이 들어왔어요", timeout=5000)


def test_two_desks_see_each_other(desk: Desk, open_page: Callable[..., Page]) -> None:
    ticket = desk.ticket()
    kim, lee = open_page(), open_page()
    sign_in(kim, desk, "kim")
    sign_in(lee, desk, "lee")
    for page in (kim, lee):
        page.goto(f"{desk.url}/desk/tickets/{ticket['number']}")
    kim.get_by_role("button", name="이 상담 맡기").click()
    expect(lee.get_by_text("김상담 님이 맡은 상담이라 답장할 수 없어요.")).to_be_visible()
    expect(lee.get_by_role("button", name="이 상담 맡기")).to_have_count(0)
    lee.get_by_label("새 메모").fill("저도 보고 있어요")
    kim.get_by_label("새 메모").fill("쓰던 메모")
    lee.get_by_role("button", name="메모 남기기").click()
    expect(kim.locator(".notes").get_by_text("저도 보고 있어요")).to_be_visible()
    expect(kim.get_by_label("새 메모")).to_have_value("쓰던 메모")


def test_a_page_of_somebody_signed_out_elsewhere_closes(
    start_desk: Callable[..., Desk], open_page: Callable[..., Page]
) -> None:
    desk = start_desk()
    desk.hire("seo", "counsellor")
    page = open_page()
    sign_in(page, desk, "seo")
    desk.parts.accounts.disable("seo")
    expect(page.get_by_text("로그아웃됐어요")).to_be_visible(timeout=15_000)


def test_ready_answers_go_into_the_reply(desk: Desk, open_page: Callable[..., Page]) -> None:
    ticket, page = desk.ticket(), open_page()
    sign_in(page, desk, "kim")
    desk.browser("kim").post(f"/tickets/{ticket['number']}/claim")
    page.goto(f"{desk.url}/desk/tickets/{ticket['number']}")
    page.locator("summary", has_text="준비된 답변").click()
    page.locator("#ready-words").fill("임치 비용")
    page.locator("#ready-words").press("Enter")
    expect(page.get_by_label("답장")).to_have_value(re.compile("임치.*수수료", re.DOTALL))
    expect(page.get_by_label("답장")).to_be_focused()


LOW_CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (node) => { for (; node; node = node.parentElement) {
    const c = rgb(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const low = [];
  for (const node of document.body.querySelectorAll('*')) {
    if (!node.checkVisibility() || !(node.placeholder || [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))) continue;
    const colour = getComputedStyle(node, node.placeholder && !node.value ? '::placeholder' : null).color;
    const [a, b] = [light(rgb(colour)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) low.push([node.className, (node.placeholder || node.textContent).slice(0, 20), ratio.toFixed(2)]);
  }
  return low;
}"""


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("kim", "/queue/waiting"), ("kim", "/queue/closed"), ("kim", "ticket"), ("kim", "/account"), ("kim", "/not-understood"),
        ("choi", "ticket"), ("choi", "/export"), ("choi", "/access"), ("admin", "/accounts"), ("", "/sign-in"), ("", "/setup"),
    ],
)  # fmt: skip
def test_all_text_of_the_desk_has_enough_contrast(
    desk: Desk, open_page: Callable[..., Page], name: str, path: str
) -> None:
    ticket, page = desk.ticket(urgent=True), open_page()
    if name:
        browser = desk.browser(name)
        page.context.add_cookies([{"name": "desk", "value": browser.http.cookies["desk"], "url": f"{desk.url}/desk"}])
        if name == "kim" and path == "ticket":
            browser.post(f"/tickets/{ticket['number']}/claim")
            browser.post(f"/tickets/{ticket['number']}/reply", {"text": "안녕하세요."})
    path = f"/tickets/{ticket['number']}?done=sent#m1" if path == "ticket" else path
    page.goto(f"{desk.url}/desk{path}")
    page.evaluate(
        "document.querySelectorAll('details').forEach((each) => { each.open = true; });"
        "document.querySelectorAll('[hidden]').forEach((each) => { each.hidden = false; });"
    )
    assert page.evaluate(LOW_CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_end_of_a_long_talk_is_in_sight(desk: Desk, open_page: Callable[..., Page], width: int) -> None:
    ticket, page = desk.ticket(said=tuple(f"{number}번째 말이에요. " * 8 for number in range(40))), open_page(width)
    sign_in(page, desk, "kim")
    desk.browser("kim").post(f"/tickets/{ticket['number']}/claim")
    page.goto(f"{desk.url}/desk/tickets/{ticket['number']}")
    last = page.locator(".messages .message").last
    assert is_in_sight(page, last)
    assert page.locator(".messages").evaluate("list => list.clientHeight") > 250
    for number in range(3):
        desk.store.append(ticket["conversation_id"], [Outgoing("user", f"더 {number}\n\n\n\n\n말")])
        page.get_by_label("답장").fill("네")
        page.get_by_label("답장").press("Enter")
        expect(page.locator(".message.staff")).to_have_count(number + 1)
    assert is_in_sight(page, last)


def is_in_sight(page: Page, message: Locator) -> bool:
    """Return whether the whole of a message is inside the talk's box."""
    inside: bool = message.evaluate(
        """node => { const [a, b] = [node, node.parentElement].map((each) => each.getBoundingClientRect());
             return a.bottom <= b.bottom + 1 && a.bottom > b.top; }"""
    )
    return inside


@pytest.mark.parametrize("path", ["/desk/queue/waiting", "ticket", "/desk/account"])
def test_at_200_percent_nothing_is_cut_off(desk: Desk, open_page: Callable[..., Page], path: str) -> None:
    ticket, page = desk.ticket(), open_page(640)
    sign_in(page, desk, "kim")
    page.goto(desk.url + (f"/desk/tickets/{ticket['number']}" if path == "ticket" else path))
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
