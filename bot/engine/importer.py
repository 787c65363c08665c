"""Reads data/ as Rasa's own importer does, but each file once and without its slow check of every line.

Rasa parses each file with a YAML reader that keeps comments, checks the result against a schema, and does all of it twice: a training
spends most of its time on that. The same sentences come out here (`tests/engine/test_importer.py` compares the two).
"""

from __future__ import annotations

import copy
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.formats.rasa_yaml import KEY_NLU, KEY_RESPONSES, RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class Example(Message):
    """A training sentence that is cheap to compare and to copy: Rasa does both a dozen times."""

    def __hash__(self) -> int:
        """Return the hash of the text; messages that are equal have the same."""
        return hash(self.data.get(TEXT))

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        """Return a copy that can be given other values; the values themselves are never changed in place."""
        return Example(dict(self.data), set(self.output_properties), self.time, copy.deepcopy(self.features, memo))


class QuickReader(RasaYAMLReader):
    """Rasa's reader of training sentences behind libyaml."""

    def reads(self, string: str, **kwargs: Any) -> TrainingData:
        """Return the sentences of one file."""
        content = yaml.load(string, yaml.CSafeLoader) or {}  # noqa: S506 - it is the safe one, in C
        self._parse_nlu(content.get(KEY_NLU))
        examples = [Example(message.data) for message in self.training_examples]
        responses = content.get(KEY_RESPONSES) or {}
        return TrainingData(examples, self.entity_synonyms, self.regex_features, self.lookup_tables, responses)


class QuickImporter(RasaFileImporter):
    """Rasa's importer of files, which remembers what it has read."""

    _domain: Domain | None = None
    _nlu_data: TrainingData | None = None
    _stories: StoryGraph | None = None

    def get_nlu_data(self, language: str | None = "ko") -> TrainingData:
        """Return the training sentences."""
        if self._nlu_data is None:
            self._nlu_data = TrainingData().merge(*(QuickReader().read(path) for path in self._nlu_files))
        return self._nlu_data

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Return the rules and stories."""
        if exclusion_percentage is not None:
            return super().get_stories(exclusion_percentage)
        if self._stories is None:
            self._stories = super().get_stories()
        return self._stories

    def get_domain(self) -> Domain:
        """Return the domain."""
        if self._domain is None:
            self._domain = super().get_domain()
        return self._domain
