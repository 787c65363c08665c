"""From names and confidences to what a message asks: pure rules, and the Rasa component that applies them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import company
from bot.engine.classifier import FACETS, INTENT_RANKING
from bot.engine.clauses import NOT_MEANT, paired
from bot.engine.linker import MENTIONS
from bot.engine.reading import asks, compact
from bot.engine.tokenizer import BESIDE, INSTEAD, NORMALISED, PARTS, QUESTIONS
from bot.knowledge import load_default

ABOUT_PROGRAMS = ("ask_program", "compare_programs", "list_programs", "ask_reasons")

# Who names a program asks about it, unless the message reads clearly as something else: how likely a question has to be, by what is
# likelier. Small talk names no program: there the name nearly decides.
OVERRULED_BY_NAME = {
    **dict.fromkeys(("abuse", "correct_previous", "report_leak", "ask_recommendation", "inform", "bot_identity"), 0.2),
    **dict.fromkeys("chitchat greet thanks goodbye affirm dont_know go_back start_over skip".split(), 0.03),
    "out_of_scope": 0.2,
}
CERTAIN_INFORM = 0.5
# A company tells who it is and asks one thing of one program: that is a question, although it sounds like the beginning of a recommendation.
STORIES = ("ask_recommendation", "inform", "out_of_scope", "list_programs")
CONCRETE = 0.9
CONCRETE_QUESTION = 0.05
CONCRETE_ELSEWHERE = 0.2  # the same without a name: others settle disputes, too
# Topics by which one asks what there is at all: they do not make a story a concrete question.
BROAD = ("overview", "same", "other", "target", "support")
DESCRIBED_WELL = 0.97
SEEKS = re.compile(
    r"추천|골라|맞는|맞을|적합|알맞|(?:어떤|무슨|어느|뭔)\s?(?:사업|지원|제도|프로그램|서비스|혜택)|뭐부터|무엇부터|우리(?:한테|에게)|받을\s?수\s?있는\s?(?:게|거|것|사업|지원)"
)
NAMED_AT_ONCE = 6  # letters: a described program and nothing else ("교육이요")

# Thresholds come from `make evaluate` (calibration plot); docs/EXPERIMENTS.md has the curve.
CERTAIN_PROGRAM = 0.45
# In the middle of a talk a short message speaks of its program, unless the reading is this sure: (longest length, confidence).
SWITCHES = ((10, 0.97), (18, 0.9), (30, 0.75))
SWITCHES_ANYWAY = 0.5
LIKELY_PROGRAM = 0.12
# A description that fits a second program as well is answered for both.
ALONE, ALSO = 0.8, 0.2
BEARS_OUT = 0.25
MAY_REPORT = 0.2  # "빼간 게 찍혔는데 신고 되나요": an incident, and the question how to report it
WITHOUT_A_WORD = 0.8  # from here on a report needs none of the words that reports have
UNSURE_REPORT, MAY_ASK = 0.6, 0.3  # "국가핵심기술을 수출하는데 신고 절차를 모르겠어요": the 신고 of an export
FITS_NOTHING, MAY_BE_ELSEWHERE = 0.8, 0.03
OVERRULES_NAME = 0.93
UNSURE_INTENT = 0.30
# A part of a message counts with its own reading from here on: it is short, and nothing beside it can put it right.
CERTAIN_PART = 0.55
CERTAIN_QUESTION = 0.72
ASKS_ITSELF = 0.1  # a topic of its own; less, and a name goes on with the topic before ("방지시스템도 그래요?")
SHORT_QUESTION = 16  # letters: a second question as short as this describes no program of its own

_OF_A_LEAK = re.compile(
    r"유출|빼|훔|도둑|도난|털|해킹|해커|뺏|빼앗|넘어|넘겼|넘겨|넘기|넘긴|베|카피|도용|유용|침해|신고|탈취|들고|갖고|가져|나갔|나간|나가|퇴사|퇴직|이직|보냈|보낸|보내"
    r"|팔|파는|복사|복제|샜|샌|새나|새어|랜섬|감염|경쟁|똑같|비슷|그대로|사라|없어졌|분실|잃어|몰래|무단|찍|옮|스카|데려|접속|뚫|흘|퍼|올려|올라|돌아다|공개|공유|노출"
    r"|받아갔|당했|당한|챙겨|담아|내려받|전송|외부|다른업체|다른하청|특허를|usb|메일"
)
_NOTICE = re.compile(r"수출|인수|합병|m&a|매각", re.IGNORECASE)  # what one gives notice of (신고), too
_WISHES = re.compile(r"싶(어|습|은)|려고|려구")
# A message that starts a form speaks of a company, a technology, or help with them.
_OURS = re.compile(
    r"기술|도면|설계|유출|보안|비밀|기밀|회사|기업|업체|공장|사업|지원|제도|혜택|프로그램|직원|사원|퇴사|이직|거래처|하청|원청|협력|특허"
    r"|자료|데이터|파일|소스|코드|노하우|레시피|배합|공식|해킹|랜섬|경쟁|납품|빼돌|빼갔|빼간|훔|베꼈|카피|도용|신고|우리|저희|맞는|맞춰|임치|조정|교육|관제"
)
_HANGUL = re.compile(r"[가-힣]")
_FOREIGN = re.compile(r"[a-zà-ɏḀ-ỿ\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]", re.IGNORECASE)
# Chat words of consonants alone that the training data knows; other jamo are noise.
_JAMO_WORDS = frozenset(
    ["ㅇ", "ㅇㅇ", "ㄴ", "ㄴㄴ", "ㅇㅋ", "ㄱ", "ㄱㄱ", "ㄱㅅ", "ㅎㅇ", "ㅂㅂ", "ㅂㅇ", "ㄳ", "ㅊㅊ", "ㅁㄹ", "ㄱㅊ"]
)
# "임치 말고 원본증명": the name before these words is the one that is not meant.
_INSTEAD = re.compile(rf"^(제도|서비스|사업)?(는|은|이|가)?({NOT_MEANT}|대신)")
_BARE = re.compile(
    r"^(제도|사업|서비스|센터|아니다|아니요|아뇨|아니|아차|앗|그냥|잘못(말했|적었|썼)[가-힣]{1,3}|그|그럼|그러면|그리고|혹시|음|아|네|저기|요|이요|은|는|은요|는요|도|도요|이|가|이라|라고|어때|어때요|어떤가요|쪽|쪽요|쪽이요|거|꺼|건|것|그거|말고|말구|정정합니다|정정|입니다|이에요|예요|임|이야)*$"
)
_JOINS = re.compile(r"^(이?랑|하고|[과와]|및|그리고|이?나)?$")
_CARRIES = re.compile(
    r"^아?(아니|아뇨|아차|앗|잘못|정정|그럼|그러면|그리고|그거말[고구])|(은|는|은요|는요|도|도요|[거꺼]요|어때요?|어떤가요)$"
)


def foreign_or_noise(text: str, raw: str, mentions: list[dict[str, Any]]) -> str | None:
    """Return "other_language" or "gibberish" for a message that holds no Korean word to read, else None."""
    hangul = len(_HANGUL.findall(text))
    foreign = len(_FOREIGN.findall(raw))
    if compact(text) in _JAMO_WORDS:
        return None
    if hangul == 0 and not (mentions and len(raw.split()) <= 2):
        return "other_language" if foreign >= 4 and len(set(raw)) > 3 else "gibberish"
    if foreign > 12 and (hangul < 4 or hangul * 8 < foreign) and hangul * 4 < foreign:
        return "other_language"
    solid = compact(text)
    if hangul and len(set(solid)) == 1 and len(solid) > 2:
        return "gibberish"
    return None


def confidence_of(ranking: list[dict[str, Any]], name: str) -> float:
    """Return the confidence of a name in a ranking; 0 when it is not in it."""
    return next((rank["confidence"] for rank in ranking if rank["name"] == name), 0.0)


def trusted(mentions: list[dict[str, Any]], ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the mentions without misspelt names that the reading of the whole sentence does not bear out."""
    confidence = {rank["name"]: rank["confidence"] for rank in ranking}
    return [each for each in mentions if not each.get("misspelt") or confidence.get(each["id"], 0.0) >= BEARS_OUT]


def put_aside(mention: dict[str, Any], solid: str) -> bool:
    """Return whether the message says of a name that it is not what is meant ("임치 말고")."""
    return bool(_INSTEAD.match(solid[mention["end"] :]))


def meant(mentions: list[dict[str, Any]], solid: str, kind: str) -> list[str]:
    """Return the programs or agencies that the message names and means, in its order."""
    found: list[str] = []
    named = [mention for mention in mentions if mention["kind"] == kind]
    for mention in named:
        rejected = len(named) > 1 and put_aside(mention, solid)
        if not rejected and mention["id"] not in found:
            found.append(mention["id"])
    return found


def beside_each_other(parts: list[tuple[list[str], list[dict[str, Any]]]], *, paired: bool) -> list[str]:
    """Return the programs of parts that stand beside each other, each given as (names, ranking); fewer than two: none.

    paired: the message says that it is about several things; only then a part may describe its program without naming it.
    """
    found: list[str] = []
    for named, ranking in parts:
        best = ranking[0] if ranking else None
        described = paired and best and best["name"] != "none" and best["confidence"] >= CERTAIN_PART
        for program in named or ([best["name"]] if best and described else []):
            if program not in found:
                found.append(program)
    return found if len(found) > 1 else []


def described_in_part(parts: list[tuple[list[str], list[dict[str, Any]]]], least: float) -> list[str]:
    """Return the program that one part of the message names, or describes with at least that confidence; or none."""
    for named, ranking in parts:
        if named:
            return named[:1]
        if ranking and ranking[0]["name"] != "none" and ranking[0]["confidence"] >= least:
            return [ranking[0]["name"]]
    return []


def several_questions(
    parts: list[tuple[list[str], list[dict[str, Any]], list[dict[str, Any]], str]],
    programs: list[str],
    whole: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return what each question of a message asks, each given as (names, program ranking, topic ranking, own words).

    `whole`: the topic ranking of the message. One that names or clearly describes no program is about that of the question before it. Fewer than two different ones: none.
    """
    found: list[dict[str, Any]] = []
    last = programs[0] if programs else None
    for named, described, topics, own_words in parts:
        best: dict[str, Any] = described[0] if described else {"name": "none", "confidence": 0.0}
        if named:
            last = named[0]
        elif best["name"] != "none" and (
            best["confidence"] >= CERTAIN_PART
            if last is None
            else best["confidence"] >= OVERRULES_NAME and len(own_words) > SHORT_QUESTION
        ):
            last = best["name"]
        if named and _JOINS.match(compact(own_words)):
            continue  # "임치랑" asks nothing of its own
        sure = [(topic["name"], topic["confidence"]) for topic in topics if topic["name"] not in ("same", "other")]
        if sure and sure[0][1] >= CERTAIN_QUESTION:
            found.append({"program": last, "topics": sure, "own_words": own_words})
    # What was said before the first program was named is about that program, too.
    first = next((question["program"] for question in found if question["program"]), None)
    for question in found:
        question["program"] = question["program"] or first
    different = {(question["program"], question["topics"][0][0]) for question in found}
    # What the whole message surely asks must be among what its parts ask: else the parts were cut or read wrongly.
    certain = whole[0]["name"] if whole and whole[0]["confidence"] >= CONCRETE else None
    missed = certain not in (None, "same", "other") and certain not in {question["topics"][0][0] for question in found}
    return found if len(different) > 1 and not missed else []


def tells_of_a_leak(text: str) -> bool:
    """Return whether a text says that something was taken."""
    return company.read(text, load_default()).facts.get("leak_occurred") is True


def report_or_question(
    ranking: list[dict[str, Any]], text: str, own_words: str, *, named: bool
) -> dict[str, Any] | None:
    """Return what a message is that tells of an incident beside something else, or only sounds like it: a rank; None: as it was read.

    A report must not be lost: who tells of a leak and asks for nothing, or for how to report it, reports it.
    """
    report = next((rank for rank in ranking if rank["name"] == "report_leak"), None)
    if report is None:
        return None
    if report["confidence"] >= MAY_REPORT and tells_of_a_leak(text):
        wants_something = asks(text) or bool(SEEKS.search(text) or _WISHES.search(text))
        return report if not wants_something or (not named and "신고" in text) else None
    if report is not ranking[0]:
        return None
    second = next((rank for rank in ranking if rank["name"] in ("ask_program", "ask_recommendation")), None)
    if report["confidence"] < UNSURE_REPORT and second and second["confidence"] >= MAY_ASK:
        return second
    if _NOTICE.search(own_words) and not _OF_A_LEAK.search(own_words.replace("신고", "")):
        return {"name": "ask_program", "confidence": 1 - report["confidence"]}
    if report["confidence"] < WITHOUT_A_WORD and not _OF_A_LEAK.search(own_words):
        return {"name": "ask_program", "confidence": 1 - report["confidence"]} if named else second
    return None


def nothing_of_ours(ranking: list[dict[str, Any]], programs: list[dict[str, Any]], text: str) -> bool:
    """Return whether what would start a form has no word of our subject, fits no program, and may as well be out of scope."""
    if not ranking or ranking[0]["name"] not in ("report_leak", "ask_recommendation") or _OURS.search(text):
        return False
    elsewhere = confidence_of(ranking, "out_of_scope")
    return confidence_of(programs, "none") >= FITS_NOTHING and elsewhere >= MAY_BE_ELSEWHERE


def switches(length: int, confidence: float) -> bool:
    """Return whether a described program replaces the one of the talk, for a message of this many characters."""
    for longest, needed in SWITCHES:
        if length <= longest:
            return confidence >= needed
    return confidence >= SWITCHES_ANYWAY


def choose_programs(
    named: list[str], ranking: list[dict[str, Any]], refused: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Return (the programs meant, those that may be meant): what is named counts, a very sure reading may overrule one name.

    `refused`: named and not meant ("임치 말고").
    """
    best: dict[str, Any] = ranking[0] if ranking else {"name": "none", "confidence": 0.0}
    likely = [rank["name"] for rank in ranking if rank["name"] != "none" and rank["confidence"] >= LIKELY_PROGRAM]
    if len(named) == 1 and best["name"] not in ("none", named[0], *refused) and best["confidence"] >= OVERRULES_NAME:
        return [best["name"]], likely
    if named:
        return named, []
    if best["name"] != "none" and best["confidence"] >= CERTAIN_PROGRAM:
        second: dict[str, Any] = ranking[1] if len(ranking) > 1 else {"name": "none", "confidence": 0.0}
        if best["confidence"] < ALONE and second["name"] != "none" and second["confidence"] >= ALSO:
            return [best["name"], second["name"]], []
        return [best["name"]], []
    # Between "comes from the talk" and a program, the talk wins: a wrong program is worse than the last one.
    return [], likely


def without_names(solid: str, mentions: list[dict[str, Any]]) -> str:
    """Return the text without the names of whole programs in it: what the message says besides."""
    rest = ""
    at = 0
    for mention in mentions:
        if mention["kind"] == "program" and not mention["part"]:
            rest += solid[at : mention["at"]] + " "
            at = max(at, mention["end"])
    return rest + solid[at:]


def bare_name(own_words: str) -> bool:
    """Return whether a message holds a program's name and nothing else that asks something."""
    return bool(_BARE.match(own_words.replace(" ", "")))


def carries_topic(own_words: str) -> bool:
    """Return whether a bare name continues the question before ("그럼 임치는?") instead of beginning a new one ("임치")."""
    return bool(_CARRIES.search(own_words.replace(" ", "")))


def _program_of(part: Message) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the programs that a part of a message names, and what it may describe."""
    ranking = part.get(FACETS, {}).get("program", [])
    mentions = trusted(part.get(MENTIONS, []), ranking)
    return meant(mentions, compact(part.get(NORMALISED, "")), "program"), ranking


def _question_of(part: Message) -> tuple[list[str], list[dict[str, Any]], list[dict[str, Any]], str]:
    """Return what one question of a message names, may describe, asks for, and says besides."""
    named, ranking = _program_of(part)
    own_words = without_names(compact(part.get(NORMALISED, "")), part.get(MENTIONS, []))
    return named, ranking, part.get(FACETS, {}).get("topic", []), own_words


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decision(IntentClassifier, GraphComponent):
    """Turns rankings and names into Rasa's intent and entities, and `facets` for the answer."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Decision:
        """Return the component; it has nothing to load."""
        return cls()

    def process_training_data(self, training_data: Any) -> Any:
        """Return the data as it is: rules learn nothing."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Decide for each message; its parts have done their work."""
        parts = {id(part) for message in messages for kind in PARTS for part in message.get(kind) or []}
        whole = [message for message in messages if id(message) not in parts]
        for message in whole:
            self._decide(message)
        return whole

    def _decide(self, message: Message) -> None:
        text, raw = message.get(NORMALISED, ""), message.get(TEXT, "")
        facets = message.get(FACETS, {})
        mentions = trusted(message.get(MENTIONS, []), facets.get("program", []))
        ranking = message.get(INTENT_RANKING, [])
        noise = foreign_or_noise(text, raw, mentions)
        if noise:
            self._set_intent(message, noise, 1.0)
            message.set(FACETS, {}, add_to_output=True)
            return
        solid = compact(text)
        named = meant(mentions, solid, "program")
        own_words = without_names(solid, mentions)
        beside = beside_each_other([_program_of(part) for part in message.get(BESIDE) or []], paired=paired(text))
        if len(beside) > len(named):
            named = beside
        best: dict[str, Any] = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        bare = bool(named) and bare_name(own_words)
        if bare and best["name"] not in ("ask_program", "compare_programs", "list_programs"):
            self._set_intent(message, "ask_program", 0.9)
        elif (
            (
                named
                and confidence_of(ranking, "ask_program") >= OVERRULED_BY_NAME.get(best["name"], 1.1)
                or best["name"] in STORIES
                and self._concrete(ranking, facets, named, text)
            )
            or best["name"] == "inform"
            and asks(raw)
            and self._sure_topic(facets)
        ):
            self._set_intent(message, "ask_program", 1.0 - best["confidence"])
        elif best["name"] == "inform" and len(ranking) > 1 and (best["confidence"] < CERTAIN_INFORM or asks(text)):
            # Facts of a company start the recommendation: not on a guess, and not on a question. Nor does a guess start a report.
            second = next(
                (rank for rank in ranking[1:] if rank["name"] != "report_leak" or rank["confidence"] >= UNSURE_INTENT),
                ranking[1],
            )
            self._set_intent(message, "ask_program" if named else second["name"], second["confidence"])
        elif best["confidence"] < UNSURE_INTENT and (named or self._sure_topic(facets)):
            self._set_intent(message, "ask_program", 1.0 - best["confidence"])
        elif best["confidence"] < UNSURE_INTENT:
            self._set_intent(message, "nlu_fallback", 1.0 - best["confidence"])
        refused = {each["id"] for each in mentions} - set(named) if named else set()
        if likelier := report_or_question(ranking, text, own_words, named=bool(named)):
            self._set_intent(message, likelier["name"], likelier["confidence"])
        if not named and nothing_of_ours(ranking, facets.get("program", []), text):
            self._set_intent(message, "out_of_scope", confidence_of(ranking, "out_of_scope"))
        programs, likely = choose_programs(named, facets.get("program", []), refused)
        instead: list[str] = []
        if len(named) < 2 and (parts := [_program_of(part) for part in message.get(INSTEAD) or []]):
            in_part = [name for names, _ in parts for name in names]
            # "관리 시스템에서 조회 말고 저장": the name before stands, unless it is what is not meant.
            if in_part or all(put_aside(each, solid) for each in mentions if each["kind"] == "program"):
                instead = described_in_part(parts, CERTAIN_PART)
            if instead:
                programs, named = instead, in_part
        if not programs:
            programs = described_in_part([_program_of(part) for part in message.get(QUESTIONS) or []], CONCRETE)
        topics = [(rank["name"], rank["confidence"]) for rank in facets.get("topic", [])]
        rest = sum(confidence for _, confidence in topics[1:])
        if named and topics and topics[0][0] == "same" and rest >= ASKS_ITSELF and not carries_topic(own_words):
            # A message that names its program and says more than the name asks for a topic of its own.
            topics = [(name, confidence / rest) for name, confidence in topics[1:]]
        asked = several_questions(
            [_question_of(part) for part in message.get(QUESTIONS) or []], programs, facets.get("topic", [])
        )
        if bare:
            topics = [("same" if carries_topic(own_words) else "overview", 1.0)]
        entities = []
        if message.get(INTENT, {}).get("name") in ABOUT_PROGRAMS:
            if programs and named:
                entities.append(self._entity("program", programs[-1]))
            if topics and topics[0][0] != "same":
                entities.append(self._entity("topic", topics[0][0]))
        message.set(ENTITIES, entities, add_to_output=True)
        message.set(
            FACETS,
            {
                "programs": programs,
                # Described and not named: the talk before may know better.
                "guessed": not named
                and bool(programs)
                and (bool(instead) or not switches(len(solid), facets["program"][0]["confidence"])),
                "named": bool(named),
                "likely": likely,
                "ranking": [(rank["name"], rank["confidence"]) for rank in facets.get("program", [])],
                "asked": asked,
                "topics": topics,
                "bare": bare,
                "paired": paired(text),
                "agencies": meant(mentions, solid, "agency"),
                "own_words": own_words,
            },
            add_to_output=True,
        )

    def _concrete(self, ranking: list[dict[str, Any]], facets: dict[str, Any], named: list[str], text: str) -> bool:
        """Return whether the message surely asks for one topic of one program."""
        program: dict[str, Any] = next(iter(facets.get("program", [])), {"name": "none", "confidence": 0.0})
        topic: dict[str, Any] = next(iter(facets.get("topic", [])), {"name": "same", "confidence": 0.0})
        described = program["name"] != "none" and program["confidence"] >= CONCRETE
        if described and len(compact(text)) <= NAMED_AT_ONCE:
            return True
        if not (described or named) or topic["confidence"] < CONCRETE:
            return False
        sure = topic["name"] not in BROAD
        if topic["name"] in ("support", "target") and not SEEKS.search(text):
            sure = bool(named) or min(program["confidence"], topic["confidence"]) >= DESCRIBED_WELL
        # Who names a program and asks about it all but surely does not want to be recommended one; other shops have an escrow, too.
        needed = CONCRETE_QUESTION
        if ranking[0]["name"] == "out_of_scope":
            needed = OVERRULED_BY_NAME["out_of_scope"] if named else CONCRETE_ELSEWHERE
        elif named and topic["confidence"] >= DESCRIBED_WELL and not SEEKS.search(text):
            needed = 0.0
        return sure and confidence_of(ranking, "ask_program") >= needed

    @staticmethod
    def _sure_topic(facets: dict[str, Any]) -> bool:
        topic: dict[str, Any] = next(iter(facets.get("topic", [])), {"name": "same", "confidence": 0.0})
        return topic["confidence"] >= CONCRETE and topic["name"] not in BROAD

    @staticmethod
    def _set_intent(message: Message, name: str, confidence: float) -> None:
        best = {"name": name, "confidence": confidence}
        message.set(INTENT, best, add_to_output=True)
        message.set(INTENT_RANKING, [best, *message.get(INTENT_RANKING, [])][:4], add_to_output=True)

    @staticmethod
    def _entity(kind: str, value: str) -> dict[str, Any]:
        return {"entity": kind, "value": value, "start": 0, "end": 0, "extractor": "Decision"}
