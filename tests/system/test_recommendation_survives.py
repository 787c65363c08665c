"""A half-finished recommendation goes on where it was after Rasa, the action server and the gateway were killed, one after the other."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import pytest
from running_system import Chat, System
from test_reports_survive import PARTS, PATIENCE, wait_until_ready


def say(company: Chat, text: str) -> dict[str, Any]:
    """Say something, with the same id again until it is answered; what could not be answered is said anew, as a user would."""
    started, message = time.monotonic(), uuid.uuid4().hex
    while True:
        try:
            response = company.post(id=message, text=text)
            if response.status_code < 300:
                turn: dict[str, Any] = response.json()
                if turn["expects"] is not None:
                    return turn
                message = uuid.uuid4().hex
        except httpx.HTTPError:
            pass
        assert time.monotonic() - started < PATIENCE, f"nobody answers {text}"
        time.sleep(0.2)


@pytest.fixture
def company(second: System) -> Chat:
    return Chat(second.url)


def test_a_half_finished_form_survives_the_kill_of_every_part(second: System, company: Chat) -> None:
    company.say("저희는 금형 회사예요. CCTV 설치비 지원을 추천해 주세요")
    turn = say(company, "중소기업이에요")
    told = ["company_size", "industry", "needs"]
    for part in PARTS:
        waits_for, step = turn["expects"]["slot"], turn["expects"]["step"]
        assert waits_for not in told[:2], "what was said before is asked again"
        second.part(part).kill()
        wait_until_ready(second)
        turn = say(company, "왜 묻나요?")
        assert (turn["expects"]["slot"], turn["expects"]["step"]) == (waits_for, step), part
        told.append(waits_for)
        if part != PARTS[-1]:
            turn = say(company, "네")
    for _ in range(10):
        if turn["expects"] is None:
            break
        turn = company.say({"needs": "없어요", "certifications": "이노비즈 있어요"}.get(turn["expects"]["slot"], "네"))
    found = {
        card["number"]: card for message in turn["messages"] for card in message["cards"] if card["type"] == "program"
    }
    met = {reason["condition"] for reason in found[5]["reasons"] if reason["met"]}
    assert {"중소기업", "휴·폐업 중이 아님"} <= met
    company.close()
