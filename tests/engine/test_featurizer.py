"""The fast vector of one message is the vectorizers' own."""

import numpy as np
import scipy.sparse
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.engine.featurizer import KoreanFeaturizer, _views
from bot.engine.tokenizer import MecabTokenizer

SENTENCES = [
    "기술임치 수수료가 얼마예요?",
    "직원이 도면을 가져갔어요. 임치해 두면 증명이 되나요?",
    "보안관제 공짜임?",
    "중재 판정 효력이 뭔가요",
    "임치 비용이 얼마예요?",
    "직원이 도면을 빼갔습니다. 어디에 신고하죠?",
]


def test_the_fast_vector_is_the_vectorizers_own() -> None:
    tokenizer = MecabTokenizer(MecabTokenizer.get_default_config())
    messages = [Message({TEXT: text}) for text in SENTENCES]
    for message in messages:
        message.set(TOKENS_NAMES[TEXT], tokenizer.tokenize(message, TEXT))
    featurizer = KoreanFeaturizer(KoreanFeaturizer.get_default_config(), "test", None, Resource("test"))  # type: ignore[arg-type]
    views = [_views(message) for message in messages]
    for at, vectorizer in enumerate(featurizer._vectorizers):
        vectorizer.fit([view[at] for view in views])
    for message, view in zip(messages, views, strict=True):
        slow = scipy.sparse.hstack([v.transform([text]) for v, text in zip(featurizer._vectorizers, view, strict=True)])
        assert np.allclose(featurizer._vector(message).toarray(), slow.toarray(), atol=1e-5)
