"""Which programs and agencies a sentence names: spaCy's phrase matcher over morphemes, then a look that forgives spelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from bot import knowledge
from bot.engine.reading import compact, jamo
from bot.engine.tokenizer import NORMALISED, korean, morphemes, read

MENTIONS = "mentions"  # message attribute: [{"kind", "id", "at", "end"}, …] in the order of the sentence

_PROGRAM, _AGENCY = "program", "agency"
# A name of four or more syllables is long enough that a near miss cannot be another word.
_FUZZY_SYLLABLES = 4
_FUZZY_SCORE = 89.0
_FUZZY_SCORE_LONG = 92.0  # long names share whole words with each other ("산업기술보호", "기술보호 지원제도")
_LONG_SYLLABLES = 6


@dataclass(frozen=True)
class Name:
    """One way of naming a program or an agency."""

    kind: str
    id: str
    text: str  # normalised


def names(facts: knowledge.Knowledge) -> list[Name]:
    """Return every name that the knowledge gives to its programs and agencies, in one spelling."""
    found = [
        Name(_PROGRAM, program.id, read(text))
        for program in facts.programs
        for text in (program.name, program.name_in_table, program.short_name, *program.aliases)
        if text
    ]
    taken = {compact(name.text) for name in found}
    found += [
        Name(_AGENCY, agency.id, read(text))
        for agency in facts.agencies
        for text in (agency.name, *agency.aliases)
        if compact(read(text)) not in taken
    ]
    return found


class Linker:
    """Finds names in a normalised sentence; made once, asked often."""

    def __init__(self, known: list[Name]) -> None:
        self._nlp = korean()
        self._matcher = PhraseMatcher(self._nlp.vocab)
        self._by_key: dict[str, Name] = {}
        for name in known:
            key = compact(name.text)
            if key and key not in self._by_key:
                self._by_key[key] = name
                self._matcher.add(key, [Doc(self._nlp.vocab, words=morphemes(name.text))])
        # Names of a part of a program (보안닥터, 접근권한 관리) say what is asked, not only which program.
        whole: dict[str, list[str]] = {}
        for name in known:
            whole.setdefault(name.id, []).append(compact(name.text))
        self._parts = {
            key
            for key, name in self._by_key.items()
            if not any(key in full or full in key for full in whole[name.id][:3])
        }
        # Longest first, so that "기술자료 임치센터" is not read as "임치".
        self._long = sorted((key for key in self._by_key if len(key) >= _FUZZY_SYLLABLES), key=len, reverse=True)
        self._letters = {key: jamo(key) for key in self._long}

    def find(self, text: str, words: list[str]) -> list[dict[str, Any]]:
        """Return the names in the sentence, in its order: kind, id, and where they stand in the text without spaces."""
        solid = compact(text)
        found = self._by_tokens(words) + self._by_spelling(solid)
        kept: list[dict[str, Any]] = []
        for mention in sorted(found, key=lambda mention: mention["at"] - mention["end"]):
            if all(mention["end"] <= other["at"] or mention["at"] >= other["end"] for other in kept):
                kept.append(mention)
        if not any(mention["kind"] == _PROGRAM for mention in kept):
            kept += self._by_sound(solid)
        return sorted(kept, key=lambda mention: mention["at"])

    def _mention(self, key: str, at: int, end: int) -> dict[str, Any]:
        name = self._by_key[key]
        return {"kind": name.kind, "id": name.id, "at": at, "end": end, "part": key in self._parts}

    def _by_tokens(self, words: list[str]) -> list[dict[str, Any]]:
        doc = Doc(self._nlp.vocab, words=words)
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word))
        spans = filter_spans(self._matcher(doc, as_spans=True))
        return [self._mention(span.label_, starts[span.start], starts[span.end]) for span in spans]

    def _by_spelling(self, solid: str) -> list[dict[str, Any]]:
        # Mecab may cut a name differently inside a sentence; long names are found by their letters alone.
        return [self._mention(key, solid.index(key), solid.index(key) + len(key)) for key in self._long if key in solid]

    def _by_sound(self, solid: str) -> list[dict[str, Any]]:
        letters = jamo(solid)
        best: tuple[float, str] = (0.0, "")
        for key in self._long:
            if self._by_key[key].kind == _PROGRAM and len(key) <= len(solid) + 1:
                cutoff = _FUZZY_SCORE_LONG if len(key) >= _LONG_SYLLABLES else _FUZZY_SCORE
                score = fuzz.partial_ratio(self._letters[key], letters, score_cutoff=cutoff)
                best = max(best, (score, key))
        if not best[0]:
            return []
        at = fuzz.partial_ratio_alignment(self._letters[best[1]], letters)
        if at is None:  # the score above says that there is one
            return []
        share = len(solid) / max(len(letters), 1)  # letters back to syllables; where the name stands need not be exact
        mention = self._mention(best[1], round(at.dest_start * share), round(at.dest_end * share))
        return [{**mention, "misspelt": True}]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class KnowledgeLinker(GraphComponent, EntityExtractorMixin):
    """Writes the programs and agencies that a message names into `mentions`."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Return the components that must come before."""
        return [Tokenizer]

    def __init__(self) -> None:
        self._linker = Linker(names(knowledge.load_default()))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KnowledgeLinker:
        """Return the linker over the knowledge of this repository."""
        return cls()

    def process_training_data(self, training_data: Any) -> Any:
        """Return the data as it is: the linker learns nothing."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add `mentions` to each message."""
        for message in messages:
            words = [token.text for token in message.get(TOKENS_NAMES[TEXT], [])]
            message.set(MENTIONS, self._linker.find(message.get(NORMALISED, ""), words))
        return messages
