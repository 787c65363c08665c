"""Sparse features of a Korean sentence: characters, letters (jamo) and morphemes, each as n-grams."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.engine.reading import compact, jamo, last_sentence, without_courtesies
from bot.engine.tokenizer import NORMALISED, morphemes, read


def _views(message: Message) -> tuple[str, ...]:
    """Return the spellings that are cut into n-grams: without spaces, as letters, as morphemes, and the last sentence twice more."""
    text = message.get(NORMALISED, "")
    words = " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT], []))
    characters = f"^{compact(text)}$"
    # A long story asks at its end: what is asked must not drown in what is told.
    told = without_courtesies(message.get(TEXT, ""))
    end = last_sentence(told)
    if end == told:
        return characters, jamo(characters), words, characters, words
    end = read(end)
    return characters, jamo(characters), words, f"^{compact(end)}$", " ".join(morphemes(end))


def _grams(vectorizer: TfidfVectorizer, view: str) -> Iterator[str]:
    """Yield the n-grams of one spelling as the vectorizer's own analyser cuts them."""
    shortest, longest = vectorizer.ngram_range
    if vectorizer.analyzer == "char":
        for size in range(shortest, longest + 1):
            for at in range(len(view) - size + 1):
                yield view[at : at + size]
    else:
        words = view.split()
        for size in range(shortest, longest + 1):
            for at in range(len(words) - size + 1):
                yield " ".join(words[at : at + size])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class KoreanFeaturizer(SparseFeaturizer, GraphComponent):
    """TF-IDF over character, jamo and morpheme n-grams, one sentence vector per message.

    Characters survive missing spaces, jamo survive wrong vowels, morphemes carry the meaning, the last sentence the question; docs/EXPERIMENTS.md has what each is worth.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return the components that must come before."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the n-gram ranges."""
        return {**SparseFeaturizer.get_default_config(), "characters": [1, 4], "jamo": [3, 6], "morphemes": [1, 2]}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any n-gram range; the vectorizers refuse an impossible one."""

    def __init__(self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        common = {"sublinear_tf": True, "lowercase": False, "dtype": np.float32}
        self._vectorizers = (
            TfidfVectorizer(analyzer="char", ngram_range=tuple(config["characters"]), min_df=2, **common),
            TfidfVectorizer(analyzer="char", ngram_range=tuple(config["jamo"]), min_df=3, **common),
            TfidfVectorizer(analyzer="word", token_pattern=r"\S+", ngram_range=tuple(config["morphemes"]), **common),
            TfidfVectorizer(analyzer="char", ngram_range=tuple(config["characters"]), min_df=2, **common),
            TfidfVectorizer(analyzer="word", token_pattern=r"\S+", ngram_range=tuple(config["morphemes"]), **common),
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KoreanFeaturizer:
        """Return an untrained featurizer."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KoreanFeaturizer:
        """Return the trained featurizer."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._vectorizers = pickle.loads((folder / "vectorizers.pkl").read_bytes())
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the n-grams of the training sentences."""
        views = [_views(message) for message in training_data.training_examples if message.get(TEXT)]
        for at, vectorizer in enumerate(self._vectorizers):
            vectorizer.fit([view[at] for view in views])
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "vectorizers.pkl").write_bytes(pickle.dumps(self._vectorizers))
        return self._resource

    @cached_property
    def _idf(self) -> list[np.ndarray]:
        # A vectorizer adds up 100,000 weights each time that it is asked for them: 1.5 ms a sentence.
        return [vectorizer.idf_ for vectorizer in self._vectorizers]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to every training sentence."""
        self.process([message for message in training_data.training_examples if message.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add one sentence vector to each message."""
        for message in messages:
            if message.get(TEXT) is not None:
                message.add_features(Features(self._vector(message), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def _vector(self, message: Message) -> scipy.sparse.coo_matrix:
        """Return what the vectorizers' `transform` gives for one message, without their overhead (5 ms a sentence)."""
        columns: list[np.ndarray] = []
        values: list[np.ndarray] = []
        offset = 0
        for vectorizer, idf, view in zip(self._vectorizers, self._idf, _views(message), strict=True):
            counts: Counter[int] = Counter()
            vocabulary = vectorizer.vocabulary_
            for gram in _grams(vectorizer, view):
                column = vocabulary.get(gram)
                if column is not None:
                    counts[column] += 1
            if counts:
                at = np.fromiter(counts, dtype=np.int32, count=len(counts))
                weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * idf[at]
                columns.append(at + offset)
                values.append((weights / np.linalg.norm(weights)).astype(np.float32))
            offset += len(vocabulary)
        row = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int32)
        data = np.concatenate(values) if values else np.zeros(0, dtype=np.float32)
        return scipy.sparse.coo_matrix((data, (np.zeros(len(row), dtype=np.int32), row)), shape=(1, offset))
