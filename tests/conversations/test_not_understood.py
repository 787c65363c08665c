"""What was not understood: masked, encrypted, counted, and gone with its conversation."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import Engine, text

from bot.conversations.not_understood import Guess, NotUnderstoodStore, Said, mask
from bot.conversations.proposals import as_training_data
from bot.conversations.store import Store

NO_GUESS = Guess()
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def kept(engine: Engine) -> NotUnderstoodStore:
    ticks = iter(range(1000))
    return NotUnderstoodStore(engine, clock=lambda: NOON + timedelta(minutes=next(ticks)))


@pytest.fixture
def say(store: Store, kept: NotUnderstoodStore) -> Callable[..., str]:
    """Keep texts, each in a conversation of its own; return the last conversation."""

    def say(*texts: str, guess: Guess = NO_GUESS) -> str:
        for said in texts:
            conversation, _ = store.create("web")
            kept.keep(conversation, 1, said, guess)
        return conversation

    return say


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("010-1234-5678로 전화 주세요", "[번호]로 전화 주세요"),
        ("+82 10 1234 5678", "[번호]"),
        ("０１０１２３４５６７８ 이요", "[번호] 이요"),
        ("kim.lee@example.co.kr 로 보내줘", "[이메일] 로 보내줘"),
        ("2025년에 300만원", "2025년에 300만원"),
        ("두 줄\n이에요", "두 줄 이에요"),
        ("가" * 301, "가" * 300 + "…"),
    ],
)
def test_numbers_and_addresses_are_masked(said: str, masked: str) -> None:
    assert mask(said) == masked


def test_the_most_frequent_comes_first_whatever_its_spaces(kept: NotUnderstoodStore, say: Callable[..., str]) -> None:
    say("그거 머임", "이건 뭐 어쩌란 거임?", "이건뭐 어쩌란거임", "이건 뭐 어쩌란 거임?")
    say("방금 한 말")
    assert [(said.text, said.times) for said in kept.by_frequency()] == [
        ("이건 뭐 어쩌란 거임?", 3),
        ("방금 한 말", 1),
        ("그거 머임", 1),
    ]
    assert kept.by_frequency(1)[0].last_at == NOON + timedelta(minutes=3)


def test_the_most_frequent_guess_counts(kept: NotUnderstoodStore, say: Callable[..., str]) -> None:
    say("맡기는 거 그거", "맡기는 거 그거", guess=Guess("technology_escrow", "cost"))
    say("맡기는 거 그거")
    assert kept.by_frequency()[0].guess == Guess("technology_escrow", "cost")


def test_a_message_is_kept_once_and_noise_is_not_kept(kept: NotUnderstoodStore, store: Store) -> None:
    conversation, _ = store.create("web")
    for _ in range(2):
        kept.keep(conversation, 1, "그거 머임", Guess())
    kept.keep(conversation, 2, "?!…", Guess())
    kept.keep("no such conversation", 1, "그거 머임", Guess())
    assert [said.times for said in kept.by_frequency()] == [1]


def test_nothing_of_it_stands_in_the_database_in_clear(engine: Engine, say: Callable[..., str]) -> None:
    say("한빛정밀 도면 어쩌구")
    with engine.connect() as connection:
        content = bytes(connection.execute(text("SELECT content FROM not_understood")).scalar_one())
    assert "한빛정밀".encode() not in content


def test_it_goes_with_its_conversation(kept: NotUnderstoodStore, store: Store, say: Callable[..., str]) -> None:
    store.delete(say("그거 머임"))
    assert kept.by_frequency() == []


def test_it_goes_when_its_user_has_it_deleted(kept: NotUnderstoodStore, store: Store) -> None:
    conversation, _ = store.create("web")
    kept.keep(conversation, 1, "먼저 한 말", Guess())
    kept.keep(conversation, 5, "나중에 한 말", Guess())
    store.redact(conversation, 3)
    assert [said.text for said in kept.by_frequency()] == ["먼저 한 말"]
    store.redact(conversation, 0)
    assert kept.by_frequency() == []


def test_proposals_have_the_form_of_the_training_data() -> None:
    escrow = Guess("technology_escrow", "cost")
    texts = ["맡기는 거 [번호]", "[도면](program) 얼마", "- intent: x", "'따옴표\" #표"]
    found = [Said(said, 2, NOON, escrow) for said in texts] + [Said("그거 머임", 1, NOON, Guess())]
    blocks = yaml.safe_load(as_training_data(found))["nlu"]
    assert blocks[0]["intent"] == "ask_program"
    assert blocks[0]["metadata"] == {"program": "technology_escrow", "topic": "cost", "review": True}
    lines = blocks[0]["examples"].splitlines()
    assert lines == ["- 맡기는 거 (번호)", "- (도면)(program) 얼마", "- - intent: x", "- '따옴표\" #표"]
    assert blocks[1]["metadata"] == {"program": "none", "topic": "other", "review": True}


def test_nothing_to_propose_is_a_file_without_examples() -> None:
    assert yaml.safe_load(as_training_data([])) == {"version": "3.1", "nlu": []}
