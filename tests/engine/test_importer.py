"""The quick importer reads what Rasa's own importer reads."""

from __future__ import annotations

import copy
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.importer import QuickImporter

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 3  # of each block: Rasa's own reader is slow
BLOCK = re.compile(r"(  examples: \|\n)((?:    - .*\n)*)")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of this repository with the first sentences of each block."""
    data = tmp_path_factory.mktemp("project") / "data"
    shutil.copytree(ROOT / "data", data)
    for path in (data / "nlu").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        shorter = BLOCK.sub(lambda block: block[1] + "".join(block[2].splitlines(keepends=True)[:EXAMPLES]), text)
        path.write_text(shorter, encoding="utf-8")
    return data


@pytest.fixture(scope="module")
def importers(data: Path) -> tuple[RasaFileImporter, QuickImporter]:
    given = {
        "config_file": str(ROOT / "config.yml"),
        "domain_path": str(ROOT / "domain.yml"),
        "training_data_paths": [str(data)],
    }
    return RasaFileImporter(**given), QuickImporter(**given)


def content(read: TrainingData) -> list[tuple[str, Any]]:
    return sorted((message.get("text"), sorted(message.data.items(), key=repr)) for message in read.training_examples)


def test_the_sentences_are_those_that_rasa_reads(importers: tuple[RasaFileImporter, QuickImporter]) -> None:
    slow, quick = (importer.get_nlu_data() for importer in importers)
    assert len(quick.training_examples) > 500
    assert content(quick) == content(slow)
    for part in ("entity_synonyms", "regex_features", "lookup_tables", "responses"):
        assert getattr(quick, part) == getattr(slow, part)


def test_rules_stories_and_domain_are_those_that_rasa_reads(importers: tuple[RasaFileImporter, QuickImporter]) -> None:
    slow, quick = importers
    assert quick.get_stories().fingerprint() == slow.get_stories().fingerprint()
    assert quick.get_domain().fingerprint() == slow.get_domain().fingerprint()
    assert quick.get_config() == slow.get_config()


def test_each_file_is_read_once(importers: tuple[RasaFileImporter, QuickImporter]) -> None:
    quick = importers[1]
    assert quick.get_nlu_data() is quick.get_nlu_data()
    assert quick.get_stories() is quick.get_stories()
    assert quick.get_domain() is quick.get_domain()


def test_a_copy_of_a_sentence_can_be_given_other_values(importers: tuple[RasaFileImporter, QuickImporter]) -> None:
    sentence = importers[1].get_nlu_data().training_examples[0]
    changed = copy.deepcopy(sentence)
    assert changed == sentence
    assert hash(changed) == hash(sentence)
    changed.set("intent", "another")
    assert sentence.get("intent") != "another"
