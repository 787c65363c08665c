"""The list of what was not understood, and its download."""

import yaml
from desk_at_work import Desk

from bot.conversations.not_understood import Guess


def keep(desk: Desk, *texts: str) -> None:
    for said in texts:
        conversation, _ = desk.store.create("web")
        desk.parts.not_understood.keep(conversation, 1, said, Guess("technology_escrow", "cost"))


def test_counsellors_see_the_list_and_looking_is_written_down(desk: Desk) -> None:
    keep(desk, "<b>맡기는</b> 거 그거", "<b>맡기는</b> 거 그거")
    page = desk.browser("kim").get("/not-understood")
    assert page.status_code == 200
    assert "&lt;b&gt;맡기는&lt;/b&gt; 거 그거" in page.text
    assert "기술임치" in page.text
    assert "/not-understood/proposals" not in page.text
    line = desk.parts.access.lines(subject="not_understood", staff_name="kim")[0]
    assert line.action == "list"


def test_a_supervisor_takes_proposals_along(desk: Desk) -> None:
    keep(desk, "그 뭐냐 맡기는 거")
    browser = desk.browser("choi")
    assert "/not-understood/proposals" in browser.get("/not-understood").text
    answer = browser.post("/not-understood/proposals")
    assert "attachment" in answer.headers["content-disposition"]
    examples = "".join(block["examples"] for block in yaml.safe_load(answer.text)["nlu"])
    assert "- 그 뭐냐 맡기는 거\n" in examples
    assert desk.parts.access.lines(subject="not_understood", staff_name="choi")[0].action == "export"
