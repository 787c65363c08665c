"""Rasa, the action server and the gateway are killed at random while people report: no report is lost, none is there twice."""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import psutil
from running_system import System

from bot.actions.stores import open_stores
from bot.conversations import encryption
from bot.settings import read_settings

KILLS = int(os.environ.get("ULTARI_TEST_KILLS", "12"))
REPORTERS = 4
# Seconds within which a user must be able to go on. A machine that does much else at the same time needs more.
PATIENCE = float(os.environ.get("ULTARI_TEST_PATIENCE", "60"))
PARTS = ("rasa", "actions", "gateway")


class Reporter:
    """Reports again and again until told to stop; says a message again with the same id until it is answered."""

    def __init__(self, url: str, number: int, stop: threading.Event) -> None:
        self.url, self.number, self.stop = url, number, stop
        self.reports: list[tuple[str, str, str]] = []  # conversation, name, receipt number
        self.longest = 0.0
        self.failed: str | None = None
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self) -> None:
        try:
            round_ = 0
            while not self.stop.is_set():
                round_ += 1
                self.report(f"김예시{'가나다라마바사아자차카타파하'[round_ % 14]}{self.number}")
        except Exception as error:
            self.failed = repr(error)

    def call(self, client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        started, last = time.monotonic(), ""
        while True:
            try:
                response = client.post(path, json=body)
                if response.status_code < 300:
                    self.longest = max(self.longest, time.monotonic() - started)
                    return dict(response.json())
                last = f"{response.status_code} {response.text[:200]}"
            except httpx.HTTPError as error:
                last = type(error).__name__
            assert time.monotonic() - started < PATIENCE, f"nobody answers: {last}"
            time.sleep(0.2)

    def report(self, name: str) -> None:
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            opened = self.call(client, "/api/conversations", {})
            client.headers["Authorization"] = f"Bearer {opened['token']}"
            answers = {
                "privacy_consent": "네, 동의합니다",
                "incident_summary": "어제 퇴사한 과장이 도면을 USB에 담아 갔어요",
                "incident_date": "어제",
                "leaked_technology": "도면",
                "suspect": "퇴사한 과장",
                "evidence": f"접속 기록 {self.number}",
                "reporter_name": name,
                "reporter_phone": f"010-0000-{1000 + self.number}",
                "confirm_report": "네, 맞아요",
            }
            text, slow = "어제 퇴사한 과장이 도면을 USB에 담아 갔어요", time.monotonic()
            questions = 0
            while questions < 40:
                turn = self.call(
                    client, f"/api/conversations/{opened['id']}/messages", {"id": uuid.uuid4().hex, "text": text}
                )
                cards = [card for message in turn["messages"] for card in message["cards"]]
                receipt = [card["number"] for card in cards if card["type"] == "ticket"]
                if receipt:
                    self.reports.append((opened["id"], name, receipt[0]))
                    return
                if turn["expects"] is None:
                    # "지금은 답변을 드리기 어려워요": said again, as a user would.
                    said = [message["text"][:80] for message in turn["messages"]]
                    assert time.monotonic() - slow < PATIENCE, f"the report does not go on: {text} → {said}"
                    time.sleep(1)
                    continue
                questions += 1
                self.longest, slow = max(self.longest, time.monotonic() - slow), time.monotonic()
                text = answers.get(turn["expects"]["slot"], "건너뛸게요")
                if turn["expects"]["slot"].startswith(("concerns", "handover")):
                    text = "아니요"
            raise AssertionError("the report never ends")


def wait_until_ready(system: System) -> float:
    """Return the seconds until every part answers again; the longest that is allowed is a user's patience."""
    started = time.monotonic()
    while True:
        try:
            if httpx.get(f"{system.url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return time.monotonic() - started
        except httpx.HTTPError:
            pass
        assert time.monotonic() - started < PATIENCE, f"not ready again: {system.logs()[-3000:]}"
        time.sleep(0.2)


def kill_at_random(system: System, kills: int, chance: random.Random) -> tuple[dict[str, int], float]:
    """Kill a part, wait until the system is whole again, and so on. Returns how often which, and the longest time until then."""
    killed, longest = dict.fromkeys(PARTS, 0), 0.0
    while sum(killed.values()) < kills:
        time.sleep(chance.uniform(0.2, 3.0))
        part = chance.choice(PARTS)
        try:
            system.part(part).kill()
        except (AssertionError, psutil.Error):
            continue  # it is just being started again
        killed[part] += 1
        longest = max(longest, wait_until_ready(system))
    return killed, longest


def test_reports_survive_kills_at_random(tmp_path: Path) -> None:
    system = System(tmp_path / "var")
    system.start()
    try:
        stop = threading.Event()
        reporters = [Reporter(system.url, number, stop) for number in range(REPORTERS)]
        for reporter in reporters:
            reporter.thread.start()
        killed, longest = kill_at_random(system, KILLS, random.Random(4))
        stop.set()
        for reporter in reporters:
            reporter.thread.join(180 + 2 * PATIENCE)
    finally:
        system.stop()
    assert [reporter.failed for reporter in reporters if reporter.failed] == []
    reports = [report for reporter in reporters for report in reporter.reports]
    waited = max(reporter.longest for reporter in reporters)
    print(f"{killed}, {len(reports)} reports, whole again after {longest:.1f} s, a user waited {waited:.1f} s at most")
    assert len(reports) >= REPORTERS

    before = encryption._in_use
    stores = open_stores(read_settings(_env_file=None, var_dir=tmp_path / "var"))
    try:
        assert stores.tickets.counts("")["all"] == len(reports)
        for conversation_id, name, number in reports:
            [ticket] = stores.tickets.of_conversation(conversation_id)
            assert ticket["number"] == number
            assert ticket["contact"]["name"] == name
            fields = {entry["field"]: entry["value"] for entry in ticket["brief"]}
            assert fields["suspect"] == "퇴사한 과장"
            assert fields["leaked_technology"] == "도면"
            assert fields["evidence"].startswith("접속 기록")
            assert stores.tickets.is_trail_whole(ticket["id"])
            written = [m for m in stores.conversations.history(conversation_id).messages if m["from"] == "user"]
            assert len({message["id"] for message in written}) == len(written)
    finally:
        encryption._in_use = before
