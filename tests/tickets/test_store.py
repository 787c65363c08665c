"""What happens to a ticket from its making to its end, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from ticket_desk import CHOI, KIM, LEE, Clock, Desk

from bot.conversations.store import Incoming, Outgoing, Page, Received
from bot.errors import ChangeRefused, TicketTaken, TooManyRequests, UnknownTicket
from bot.settings import Settings
from bot.tickets.receipts import read_number, read_pin
from bot.tickets.store import NewTicket, TicketStore
from bot.tickets.workflow import USER_ACTOR

SAID = [Outgoing("system", "상담원이 연결됐어요.")]


def said_in(desk: Desk, ticket: dict[str, Any]) -> list[str]:
    return [message["text"] for message in desk.conversations.history(ticket["conversation_id"]).messages]


def test_the_same_key_makes_one_ticket_and_shows_its_pin_once(desk: Desk) -> None:
    new = NewTicket(key="leak:1", kind="leak", channel="web")
    first, again = desk.tickets.create(new), desk.tickets.create(new)
    assert first.fresh
    assert not again.fresh
    assert again.ticket["id"] == first.ticket["id"]
    assert desk.tickets.counts("kim")["all"] == 1


def test_the_receipt_is_the_answer_to_the_message_and_stands_in_the_chat_with_the_ticket(desk: Desk) -> None:
    conversation_id, _ = desk.conversations.create("web")
    received = desk.conversations.receive(conversation_id, Incoming("m1", "네", "네"), wait=timedelta(seconds=15))
    assert isinstance(received, Received)
    new = NewTicket(key="leak:1", kind="leak", channel="web", conversation_id=conversation_id)
    created = desk.tickets.create(
        new, say=lambda made: [Outgoing("bot", f"{made.ticket['number']} {made.pin}")], turn=received.seq
    )
    assert created.said
    # Rasa's own answer comes too late: the receipt is the answer, also when the gateway asks again.
    assert desk.conversations.answer(conversation_id, received, [Outgoing("bot", "다른 답")]) is None
    page = desk.conversations.receive(conversation_id, Incoming("m1", "네", "네"), wait=timedelta(seconds=15))
    assert isinstance(page, Page)
    assert [message["text"] for message in page.messages][1:] == [f"{created.ticket['number']} {created.pin}"]


def test_number_and_pin_are_read_however_they_are_typed(desk: Desk) -> None:
    created = desk.make()
    number, pin = created.ticket["number"], created.pin
    for typed in (
        f"{number} {pin}",
        f"{number.lower()}, {pin}",
        f"접수번호는 {number.replace('-', ' ')}이고 pin은 {pin}이에요",
    ):
        assert (read_number(typed), read_pin(typed)) == (number, pin)


def test_looking_up_needs_number_and_pin(desk: Desk) -> None:
    created = desk.make()
    found = desk.tickets.look_up(created.ticket["number"], created.pin or "", "10.0.0.1")
    assert found["state"] == "new"
    assert "pin_hash" not in found
    with pytest.raises(UnknownTicket):
        desk.tickets.look_up(created.ticket["number"], "000000", "10.0.0.1")
    with pytest.raises(UnknownTicket):
        desk.tickets.look_up("AB-000000", created.pin or "", "10.0.0.1")


def test_wrong_pins_stop_an_address_and_then_the_ticket(desk: Desk, clock: Clock) -> None:
    created = desk.make()
    number, pin = created.ticket["number"], created.pin or ""
    for _ in range(5):
        with pytest.raises(UnknownTicket):
            desk.tickets.look_up(number, "000000", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        desk.tickets.look_up(number, pin, "10.0.0.1")
    with pytest.raises(UnknownTicket):  # the ticket waits, too, and does not say so to a stranger
        desk.tickets.look_up(number, pin, "10.0.0.2")
    clock.move(minutes=16)
    assert desk.tickets.look_up(number, pin, "10.0.0.3")["number"] == number


def test_a_claim_makes_the_owner_and_the_next_one_learns_who(desk: Desk) -> None:
    ticket = desk.make(live=True).ticket
    claimed = desk.tickets.claim(ticket["id"], KIM, said=SAID)
    assert (claimed["owner"], claimed["state"]) == ("kim", "claimed")
    assert desk.tickets.claim(ticket["id"], KIM)["owner"] == "kim"
    with pytest.raises(TicketTaken) as taken:
        desk.tickets.claim(ticket["id"], LEE)
    assert taken.value.owner_name == "김상담"
    assert said_in(desk, ticket) == ["상담원이 연결됐어요."]
    assert desk.conversations.history(ticket["conversation_id"]).status == "human"


def test_a_whole_talk_with_a_person(desk: Desk) -> None:
    ticket = desk.make(kind="consultation", live=True).ticket
    desk.tickets.claim(ticket["id"], KIM)
    page = desk.tickets.reply(ticket["id"], KIM, [Outgoing("staff", "안녕하세요, 무엇을 도와드릴까요?")])
    assert page["messages"][0]["from"] == "staff"
    desk.tickets.ask_user(ticket["id"], KIM)
    desk.tickets.user_wrote(ticket["conversation_id"])
    assert desk.tickets.get(ticket["id"])["state"] == "in_progress"
    desk.tickets.give_back(ticket["id"], KIM, said=[Outgoing("system", "이제 봇이 도와드려요.")])
    assert desk.conversations.history(ticket["conversation_id"]).status == "bot"
    closed = desk.tickets.close(ticket["id"], KIM, "answered", text="임치를 안내함")
    assert (closed["state"], closed["outcome"]) == ("closed", {"text": "임치를 안내함"})
    assert desk.tickets.is_trail_whole(ticket["id"])


def test_the_first_reply_takes_over_a_conversation_that_the_bot_had(desk: Desk) -> None:
    ticket = desk.make().ticket
    desk.tickets.claim(ticket["id"], KIM)
    assert desk.conversations.history(ticket["conversation_id"]).status == "bot"
    joined = [Outgoing("system", "김상담 상담원이 대화에 들어왔어요.")]
    page = desk.tickets.reply(ticket["id"], KIM, [Outgoing("staff", "신고 내용을 봤어요.")], joined=joined)
    assert [message["from"] for message in page["messages"]] == ["system", "staff"]
    assert page["status"] == "human"


WORK: dict[str, Callable[[TicketStore, str], object]] = {
    "reply": lambda tickets, ticket_id: tickets.reply(ticket_id, LEE, [Outgoing("staff", "저예요")]),
    "close": lambda tickets, ticket_id: tickets.close(ticket_id, LEE, "answered"),
    "release": lambda tickets, ticket_id: tickets.release(ticket_id, LEE),
    "start": lambda tickets, ticket_id: tickets.start(ticket_id, LEE),
}


@pytest.mark.parametrize("work", WORK)
def test_only_the_owner_works_on_a_claimed_ticket(desk: Desk, work: str) -> None:
    ticket = desk.make().ticket
    desk.tickets.claim(ticket["id"], KIM)
    with pytest.raises((TicketTaken, ChangeRefused)):
        WORK[work](desk.tickets, ticket["id"])


def test_a_supervisor_may_assign_and_release_what_another_owns(desk: Desk) -> None:
    ticket = desk.make().ticket
    desk.tickets.claim(ticket["id"], KIM)
    assert desk.tickets.assign(ticket["id"], CHOI, LEE)["owner"] == "lee"
    assert desk.tickets.release(ticket["id"], CHOI)["owner"] is None


def test_a_silent_owner_loses_the_ticket_and_the_user_is_told(desk: Desk, clock: Clock) -> None:
    ticket = desk.make(live=True).ticket
    desk.tickets.claim(ticket["id"], KIM)
    released = lambda: desk.tickets.release_silent(  # noqa: E731
        timedelta(minutes=10), timedelta(hours=72), said=lambda row: [Outgoing("system", "다시 대기해요.")]
    )
    clock.move(minutes=9)
    assert released() == []
    desk.tickets.touch(ticket["id"], KIM)
    clock.move(minutes=9)
    assert released() == []
    clock.move(minutes=2)
    assert [row["id"] for row in released()] == [ticket["id"]]
    assert desk.tickets.get(ticket["id"])["state"] == "new"
    assert said_in(desk, ticket) == ["다시 대기해요."]
    assert desk.conversations.history(ticket["conversation_id"]).status == "waiting"
    assert released() == []


def test_an_owner_who_has_answered_is_not_silent(desk: Desk, clock: Clock) -> None:
    ticket = desk.make(live=True).ticket
    desk.tickets.claim(ticket["id"], KIM)
    desk.tickets.reply(ticket["id"], KIM, [Outgoing("staff", "확인 중이에요.")])
    clock.move(hours=2)
    assert desk.tickets.silent(timedelta(minutes=10), timedelta(hours=72)) == []
    desk.tickets.user_wrote(ticket["conversation_id"])
    assert desk.tickets.silent(timedelta(minutes=10), timedelta(hours=72)) == [ticket["id"]]


def test_referrals_are_ticked_off_with_who_and_when(desk: Desk, clock: Clock) -> None:
    ticket = desk.make(referrals=[("consultation_center", "always"), ("police", "always")]).ticket
    desk.tickets.refer(ticket["id"], "police", "called", LEE)
    centre, police = desk.tickets.referrals(ticket["id"])
    assert (centre["state"], centre["by"]) == ("to_do", None)
    assert (police["state"], police["by_name"], police["at"]) == ("called", "이상담", clock.now)
    with pytest.raises(UnknownTicket):
        desk.tickets.refer(ticket["id"], "nobody", "called", LEE)
    with pytest.raises(ValueError, match="taken_over"):
        desk.tickets.refer(ticket["id"], "police", "done", LEE)


def test_notes_are_staff_only(desk: Desk) -> None:
    ticket = desk.make().ticket
    assert [note["text"] for note in desk.tickets.add_note(ticket["id"], KIM, "다시 전화하기")] == ["다시 전화하기"]
    with pytest.raises(ChangeRefused):
        desk.tickets.add_note(ticket["id"], USER_ACTOR, "저예요")


def test_the_queue_shows_urgent_then_live_then_by_deadline(desk: Desk, clock: Clock) -> None:
    late = desk.make().ticket["id"]
    clock.move(minutes=5)
    live = desk.make(live=True).ticket["id"]
    clock.move(minutes=5)
    urgent = desk.make(urgent=True).ticket["id"]
    assert [row["id"] for row in desk.tickets.listed("waiting")] == [urgent, live, late]
    assert desk.tickets.counts("kim") == {"waiting": 3, "mine": 0, "all": 3, "closed": 0}


def test_the_place_in_the_queue_counts_live_users_only(desk: Desk, clock: Clock) -> None:
    desk.make()
    first = desk.make(live=True).ticket["id"]
    clock.move(seconds=1)
    second = desk.make(live=True).ticket["id"]
    assert (desk.tickets.place_in_queue(first), desk.tickets.place_in_queue(second)) == (1, 2)
    desk.tickets.claim(first, KIM)
    assert (desk.tickets.place_in_queue(first), desk.tickets.place_in_queue(second)) == (None, 1)


def test_waiting_leaving_and_waiting_again(desk: Desk) -> None:
    ticket = desk.make(kind="consultation", live=True).ticket
    status = lambda: desk.conversations.history(ticket["conversation_id"]).status  # noqa: E731
    desk.tickets.leave_chat(ticket["id"], USER_ACTOR, said=[Outgoing("system", "봇과 이야기해요.")])
    assert status() == "bot"
    desk.tickets.wait_in_chat(ticket["id"], USER_ACTOR)
    assert status() == "waiting"
    desk.tickets.claim(ticket["id"], KIM)
    desk.tickets.give_back(ticket["id"], KIM)
    desk.tickets.wait_in_chat(ticket["id"], USER_ACTOR)
    assert status() == "human"


def test_an_edited_or_missing_audit_record_shows(desk: Desk, engine: Engine) -> None:
    ticket = desk.make().ticket["id"]
    desk.tickets.claim(ticket, KIM)
    desk.tickets.release(ticket, KIM)
    assert desk.tickets.is_trail_whole(ticket)
    assert [entry["change"] for entry in desk.tickets.trail(ticket)] == ["create", "claim", "release"]
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ticket_audit SET actor_id = 'lee' WHERE ticket_id = :id AND seq = 2"), {"id": ticket}
        )
    assert not desk.tickets.is_trail_whole(ticket)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ticket_audit SET actor_id = 'kim' WHERE ticket_id = :id AND seq = 2"), {"id": ticket}
        )
    assert desk.tickets.is_trail_whole(ticket)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM ticket_audit WHERE ticket_id = :id AND seq = 3"), {"id": ticket})
    assert not desk.tickets.is_trail_whole(ticket)


def test_consents_stay_with_the_ticket_and_the_draft_goes(desk: Desk) -> None:
    conversation_id, _ = desk.conversations.create("web")
    given = {"report": {"given": True, "version": "2026-11", "seq": 3}}
    desk.tickets.keep_draft(conversation_id, {"id": "d1", "values": {}}, given)
    desk.tickets.keep_draft(conversation_id, {"id": "d1", "values": {"suspect": 1}}, given)
    assert desk.tickets.draft(conversation_id) == {"id": "d1", "values": {"suspect": 1}}
    new = NewTicket(key="leak:d1", kind="leak", channel="web", conversation_id=conversation_id, draft="d1")
    ticket = desk.tickets.create(new).ticket
    assert desk.tickets.draft(conversation_id) is None
    [consent] = desk.tickets.consents_of(ticket["id"])
    assert (consent["purpose"], consent["version"], consent["given"]) == ("report", "2026-11", True)


def test_retention_takes_closed_tickets_with_their_conversations_and_old_drafts(desk: Desk, clock: Clock) -> None:
    old, kept = desk.make().ticket, desk.make().ticket
    desk.tickets.claim(old["id"], KIM)
    desk.tickets.close(old["id"], KIM, "answered")
    desk.tickets.keep_draft("somebody", {"id": "d"}, {})
    clock.move(days=366)
    assert desk.conversations.delete_idle(timedelta(days=90), kept=desk.tickets.conversations_kept())["messages"] == 0
    gone = desk.tickets.delete_expired(timedelta(days=365), timedelta(hours=24))
    assert (gone["tickets"], gone["conversations"], gone["report_drafts"]) == (1, 1, 1)
    with pytest.raises(UnknownTicket):
        desk.tickets.get(old["id"])
    assert desk.tickets.get(kept["id"])["id"] == kept["id"]
    assert desk.conversations.channel(old["conversation_id"]) is None
    assert desk.conversations.channel(kept["conversation_id"]) == "web"


def test_a_person_can_have_everything_of_a_conversation_deleted(desk: Desk) -> None:
    ticket = desk.make(referrals=[("police", "always")]).ticket
    desk.tickets.add_note(ticket["id"], KIM, "메모")
    gone = desk.tickets.erase_of_conversation(ticket["conversation_id"])
    assert (gone["tickets"], gone["ticket_referrals"], gone["ticket_notes"]) == (1, 1, 1)
    assert desk.tickets.counts("kim")["all"] == 0


def test_nothing_personal_is_readable_in_the_database(desk: Desk, settings: Settings, engine: Engine) -> None:
    secrets = ["김비밀", "010-9876-5432", "극비 합금 배합표", "비밀 메모", "맺음말"]
    ticket = desk.make(
        brief=[{"field": "leaked_technology", "value": secrets[2], "quote": secrets[2], "seq": 1}],
        contact={"name": secrets[0], "phone": secrets[1]},
        context={"question": {"text": secrets[2]}},
    ).ticket
    desk.tickets.claim(ticket["id"], KIM)
    desk.tickets.add_note(ticket["id"], KIM, secrets[3])
    desk.tickets.keep_draft("somebody", {"id": "d", "values": secrets}, {})
    desk.tickets.close(ticket["id"], KIM, "answered", text=secrets[4])
    assert desk.tickets.get(ticket["id"])["contact"] == {"name": "김비밀", "phone": "010-9876-5432"}
    if engine.dialect.name == "sqlite":
        stored = b"".join(path.read_bytes() for path in sorted(Path(settings.var_dir).glob("ultari.db*")))
    else:
        with engine.connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            stored = b"".join(
                str(row).encode() + b"".join(bytes(value) for value in row if isinstance(value, bytes | memoryview))
                for table in tables
                for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            )
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret.encode("unicode_escape") not in stored
