"""The test sentences stand apart from the training data: none is in it, nor a near copy of one."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pytest
import yaml
from sklearn.feature_extraction.text import CountVectorizer

from bot import knowledge
from evaluation import items

NEAR = 0.8
SHORTEST = 8  # "감사합니다" is what everybody says; with fewer characters of one's own a match proves nothing


def solid(text: str) -> str:
    """Return a text as it is compared: no spaces, no punctuation, no difference of case or width."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character.isalnum())


@lru_cache(maxsize=1)
def names() -> list[str]:
    """Return what programs are called, the longest first."""
    found = knowledge.load_default().programs
    called = {
        solid(name)
        for each in found
        for name in (each.name, each.name_in_table, each.short_name, *each.aliases)
        if name
    }
    return sorted(called, key=len, reverse=True)


def own_words(text: str) -> str:
    """Return what a sentence says besides the names of programs: who asks by key words has no other way to write a name."""
    left = solid(text)
    for name in names():
        left = left.replace(name, "")
    return left


def training_sentences() -> list[str]:
    return [text for texts in by_file().values() for text in texts]


def by_file() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((items.ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = (block.get("examples") or "").splitlines()
            found.setdefault(path.name, []).extend(line[2:] for line in lines if line.startswith("- "))
    return found


def near_copies(tests: list[str], training: list[str]) -> list[tuple[float, str, str]]:
    """Return the pairs whose character trigrams are the same but for a fifth (Jaccard), the closest first."""
    vectorizer = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True, lowercase=False)
    known = vectorizer.fit_transform([solid(text) for text in training])
    asked = vectorizer.transform([solid(text) for text in tests])
    sizes = [len({solid(text)[at : at + 3] for at in range(len(solid(text)) - 2)}) for text in tests]
    shared = (asked @ known.T).tocoo()
    known_sizes = known.sum(axis=1).A1
    pairs = []
    for test, trained, both in zip(shared.row, shared.col, shared.data, strict=True):
        likeness = both / (sizes[test] + known_sizes[trained] - both)
        if likeness >= NEAR:
            pairs.append((round(float(likeness), 2), tests[test], training[trained]))
    return sorted(pairs, reverse=True)


@pytest.mark.parametrize("name", sorted(items.FILES))
def test_no_test_sentence_is_in_the_training_data(name: str) -> None:
    tests = [text for item in items.load(name) for text in items.sentences(item) if len(own_words(text)) >= SHORTEST]
    found = near_copies(tests, training_sentences())
    lines = "\n".join(f"  {likeness} {test!r} ~ {trained!r}" for likeness, test, trained in found)
    assert not found, (
        f"{len(found)} near copies in data/nlu; take the sentence out of data/nlu or write another test:\n{lines}"
    )


@pytest.mark.parametrize("name", ["facts", "oos"])
def test_no_question_stands_word_for_word_in_the_training_data(name: str) -> None:
    """However short: what was learnt by heart says nothing about understanding."""
    tests = {solid(text) for item in items.load(name) for text in items.sentences(item)} - {""}
    found = [f"  {file}: {text}" for file, texts in by_file().items() for text in texts if solid(text) in tests]
    assert not found, "take these out of data/nlu:\n" + "\n".join(found)


def test_a_near_copy_is_found() -> None:
    trained = ["기술자료 임치 수수료가 얼마인지 알고 싶어요"]
    assert near_copies(["기술자료 임치수수료가 얼마인지 알고싶어요!"], trained)
    assert not near_copies(["공장을 옮기면 지원이 끊기는지 알고 싶어요"], trained)
