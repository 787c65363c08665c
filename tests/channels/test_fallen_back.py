"""What Rasa did not understand is kept; what it understood, or was chosen, is not."""

from typing import Any

import pytest
from running_gateway import Gateway, RasaServer, Visitor

from bot.conversations.database import make_engine
from bot.conversations.not_understood import Guess, NotUnderstoodStore, Said
from channels.fallen_back import guess_of

READING = {"title": "기술임치 비용", "payload": '/ask_program{"program": "technology_escrow", "topic": "cost"}'}
PERSON = {"title": "상담원", "payload": "/talk_to_human"}


def fell_back(*buttons: dict[str, str]) -> list[dict[str, Any]]:
    return [{"text": "잘 못 알아들었어요.", "buttons": list(buttons)}, {"custom": {"note": {"failed": 1}}}]


@pytest.mark.parametrize(
    ("answer", "guess"),
    [
        (fell_back(READING, PERSON), Guess("technology_escrow", "cost")),
        (fell_back(PERSON), Guess()),
        (
            [{"text": "30만원이에요.", "buttons": [READING]}, {"custom": {"note": {"program": "technology_escrow"}}}],
            None,
        ),
        ([{"text": "안녕하세요"}], None),
        ([{"custom": "bad"}], None),
        ([], None),
    ],
)
def test_the_guess(answer: list[dict[str, Any]], guess: Guess | None) -> None:
    assert guess_of(answer) == guess


def kept(gateway: Gateway) -> list[Said]:
    engine = make_engine(gateway.settings)
    found = NotUnderstoodStore(engine).by_frequency()
    engine.dispose()
    return found


def test_what_fell_back_is_kept_masked(start_gateway: Any, rasa: RasaServer) -> None:
    gateway = start_gateway()
    visitor = Visitor(gateway)
    visitor.say("임치 비용은요?")
    rasa.answer = lambda body: fell_back(READING, PERSON)
    turn = visitor.say("그거 얼마 010-1234-5678")
    assert [(said.text, said.guess) for said in kept(gateway)] == [
        ("그거 얼마 [번호]", Guess("technology_escrow", "cost"))
    ]
    choice = turn["messages"][1]["buttons"][0]["choice"]
    visitor.post({"id": "c1", "choice": choice})
    assert len(kept(gateway)) == 1
