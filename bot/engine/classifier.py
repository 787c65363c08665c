"""Linear classifiers over the sparse features: one for the intent, one for the program, one for the topic."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import LinearSVC

INTENT_RANKING = "intent_ranking"
FACETS = "facets"  # message attribute: {label: [{"name", "confidence"}, …]}, best first


def _label(message: Message, label: str) -> str | None:
    if label == INTENT:
        return message.get(INTENT)
    return ((message.get("metadata") or {}).get("intent") or {}).get(label)


def _matrix(messages: list[Message]) -> scipy.sparse.csr_matrix:
    rows = []
    for message in messages:
        _, sentence = message.get_sparse_features(TEXT)
        rows.append(sentence.features.tocsr())
    return scipy.sparse.vstack(rows, format="csr")


def _temperature(margins: np.ndarray, truth: np.ndarray) -> float:
    """Return the factor that makes softmax(factor * margins) as honest as it can be on sentences not trained on."""

    def loss(factor: float) -> float:
        scaled = factor * margins
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]))

    return float(minimize_scalar(loss, bounds=(0.5, 20.0), method="bounded").x)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearClassifier(IntentClassifier, GraphComponent):
    """Linear SVM with confidences fitted on held-out sentences.

    `label: intent` reads the intent; `label: program` and `label: topic` read the block's metadata and write `facets`.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return the components that must come before."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: which label, how much regularisation, how many answers are kept."""
        return {"label": INTENT, "C": 0.5, "held_out": 0.2, "ranking_length": 4}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._model_storage = model_storage
        self._resource = resource
        self._classes: list[str] = []
        self._weights: np.ndarray = np.zeros((0, 0), dtype=np.float32)  # features × classes
        self._bias: np.ndarray = np.zeros(0, dtype=np.float32)
        self._factor = 1.0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearClassifier:
        """Return an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearClassifier:
        """Return the trained classifier."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            stored = pickle.loads((folder / "classifier.pkl").read_bytes())
        component._classes, component._weights, component._bias, component._factor = stored
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the label from every sentence that carries it."""
        label = self.config["label"]
        labelled = [
            (message, _label(message, label)) for message in training_data.training_examples if message.get(TEXT)
        ]
        examples = [message for message, value in labelled if value]
        values = [value for _, value in labelled if value]
        self._classes = sorted(set(values))
        truth = np.array([self._classes.index(value) for value in values])
        features = _matrix(examples)
        model = LinearSVC(C=self.config["C"], class_weight="balanced", random_state=7)
        # Shuffled: the files are sorted by label, and what is held out must not be one author's sentences.
        # One split, not several folds: a factor needs few sentences, and each fit takes as long as the training itself.
        split = StratifiedShuffleSplit(1, test_size=self.config["held_out"], random_state=7)
        learnt, held_out = next(split.split(features, truth))
        margins = model.fit(features[learnt], truth[learnt]).decision_function(features[held_out])
        self._factor = _temperature(margins, truth[held_out])
        right = float(np.mean(margins.argmax(axis=1) == truth[held_out]))
        model.fit(features, truth)
        self._weights = np.ascontiguousarray(model.coef_.T, dtype=np.float32)
        self._bias = model.intercept_.astype(np.float32)
        print(
            f"  {label}: {len(values)} sentences, held out right {right:.3f}",
            flush=True,
        )
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "classifier.pkl").write_bytes(
                pickle.dumps((self._classes, self._weights, self._bias, self._factor), protocol=5)
            )
        return self._resource

    def rank(self, message: Message) -> list[dict[str, Any]]:
        """Return the labels with their confidences (0 to 1), best first; an unreadable message gives an empty list."""
        _, sentence = message.get_sparse_features(TEXT)
        if sentence is None or not self._classes:
            return []
        row = sentence.features
        margins = row.data @ self._weights[row.col] + self._bias if row.nnz else self._bias
        scaled = self._factor * margins
        confidences = np.exp(scaled - logsumexp(scaled))
        best = np.argsort(-confidences)[: self.config["ranking_length"]]
        return [{"name": self._classes[at], "confidence": round(float(confidences[at]), 4)} for at in best]

    def process(self, messages: list[Message]) -> list[Message]:
        """Write the ranking into each message: as Rasa's intent, or into `facets`."""
        label = self.config["label"]
        for message in messages:
            ranking = self.rank(message)
            if label == INTENT:
                message.set(INTENT, ranking[0] if ranking else {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING, ranking, add_to_output=True)
            else:
                message.set(FACETS, {**message.get(FACETS, {}), label: ranking}, add_to_output=True)
        return messages
