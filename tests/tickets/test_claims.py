"""Twenty people want the same ticket at the same moment: one gets it, and the others learn who."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path

from sqlalchemy.exc import OperationalError
from ticket_desk import HOURS, Desk

from bot.conversations.database import make_engine
from bot.conversations.encryption import Keyring, use_keyring
from bot.conversations.store import Outgoing, Store
from bot.errors import TicketTaken, TooManyRequests, UnknownTicket
from bot.settings import Settings, read_settings
from bot.tickets.store import NewTicket, TicketStore
from bot.tickets.workflow import ANY_STAFF, Actor

CLAIMS = 20


def claim(tickets: TicketStore, ticket_id: str, number: int) -> tuple[str, str]:
    """Return ("won", me) or ("lost", the owner's name)."""
    me = Actor(ANY_STAFF, f"s{number}", f"상담원 {number}")
    while True:
        try:
            tickets.claim(ticket_id, me, said=[Outgoing("system", "상담원이 연결됐어요.")])
        except TicketTaken as taken:
            return "lost", taken.owner_name
        except OperationalError:
            continue  # SQLite gave up waiting for twenty others on a busy machine: clicked again
        return "won", me.name


def check(outcomes: list[tuple[str, str]], desk: Desk, ticket_id: str) -> None:
    winners = [name for outcome, name in outcomes if outcome == "won"]
    assert len(outcomes) == CLAIMS
    assert len(winners) == 1
    assert {name for outcome, name in outcomes if outcome == "lost"} == set(winners)
    ticket = desk.tickets.get(ticket_id)
    assert ticket["owner_name"] == winners[0]
    assert [entry["change"] for entry in desk.tickets.trail(ticket_id)] == ["create", "claim"]
    assert len(desk.conversations.history(ticket["conversation_id"]).messages) == 1
    assert desk.tickets.is_trail_whole(ticket_id)


def test_twenty_threads(desk: Desk, other_process: Callable[[], Desk]) -> None:
    ticket_id = desk.make(live=True).ticket["id"]
    desks = [desk, other_process()]
    start, outcomes = threading.Barrier(CLAIMS), []

    def run(number: int) -> None:
        start.wait()
        outcomes.append(claim(desks[number % 2].tickets, ticket_id, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLAIMS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(outcomes, desk, ticket_id)


def run_process(
    var: Path, url: str, keyring: Keyring, ticket_id: str, number: int, go: float, done: "Queue[tuple[str, str]]"
) -> None:
    use_keyring(keyring)
    engine = make_engine(read_settings(_env_file=None, var_dir=var, database_url=url))
    tickets = TicketStore(engine, Store(engine), HOURS)
    tickets.last_change()  # connected before the start
    time.sleep(max(0.0, go - time.time()))
    done.put(claim(tickets, ticket_id, number))
    engine.dispose()


def test_twenty_processes(desk: Desk, settings: Settings, keyring: Keyring) -> None:
    ticket_id = desk.make(live=True).ticket["id"]
    context = multiprocessing.get_context("fork")
    done: Queue[tuple[str, str]] = context.Queue()
    go = time.time() + 1.5
    processes = [
        context.Process(
            target=run_process, args=(settings.var_dir, settings.database_url, keyring, ticket_id, number, go, done)
        )
        for number in range(CLAIMS)
    ]
    for process in processes:
        process.start()
    outcomes = [done.get(timeout=60) for _ in range(CLAIMS)]
    for process in processes:
        process.join()
    check(outcomes, desk, ticket_id)


def test_the_same_report_sent_from_two_processes_makes_one_ticket(
    desk: Desk, other_process: Callable[[], Desk]
) -> None:
    desks, start, numbers = [desk, other_process()], threading.Barrier(10), []

    def run(number: int) -> None:
        start.wait()
        new = NewTicket(key="leak:same", kind="leak", channel="web")
        numbers.append(desks[number % 2].tickets.create(new).ticket["number"])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 10
    assert len(set(numbers)) == 1
    assert desk.tickets.counts("kim")["all"] == 1


def test_many_guesses_at_once_are_all_counted(desk: Desk, other_process: Callable[[], Desk]) -> None:
    created = desk.make()
    desks, start, errors = [desk, other_process()], threading.Barrier(12), []

    def run(number: int) -> None:
        start.wait()
        try:
            desks[number % 2].tickets.look_up(created.ticket["number"], f"{number:06d}", "10.0.0.1")
        except (UnknownTicket, TooManyRequests) as error:
            errors.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(errors) == ["TooManyRequests"] * 7 + ["UnknownTicket"] * 5


def test_a_silent_owner_is_released_once(desk: Desk, other_process: Callable[[], Desk]) -> None:
    ticket_id = desk.make(live=True).ticket["id"]
    claim(desk.tickets, ticket_id, 1)
    desk.clock.move(minutes=30)
    desks, start, released = [desk, other_process()], threading.Barrier(6), []

    def run(number: int) -> None:
        start.wait()
        rows = desks[number % 2].tickets.release_silent(
            timedelta(minutes=10), timedelta(days=3), said=lambda row: [Outgoing("system", "다시 대기해요.")]
        )
        released.extend(rows)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(released) == 1
