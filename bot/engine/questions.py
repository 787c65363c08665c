"""What the latest message asks, with what the talk before it adds: which program is meant, which topic, by which company."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import answers, company, knowledge, recommendation
from bot.answers import Question
from bot.engine.clauses import instead_of
from bot.engine.decision import NAMED_AT_ONCE, confidence_of
from bot.engine.reading import asks, compact
from bot.engine.talk_policy import BETWEEN_TWO, CORRECTS, corrects, in_its_words, last_note, note_of, notes
from bot.engine.tokenizer import read
from bot.korean import sounds
from bot.korean_time import korea_today

_CONTINUES = 0.2
_SHORT = 14
_MARGIN = 0.35
_CLEARLY = 0.9  # a description of the program of the talk, …
_MAY_ASK = 0.1  # … by what is at least this likely to be a question
# A few letters that surely ask for a topic go on with the program of the talk, whatever else they may be.
_SURE_TOPIC = 0.5
_TERSE = 9
_ASIDES, _ASIDE = ("chitchat", "deny", "correct_previous"), 24
_AT_LENGTH = 30
# So does a topic as certain as that, while what the message does is as open as this.
_ALL_BUT_CERTAIN = 0.95
_UNSURE = 0.7
_END = 14  # the letters at the end of a message in which its question stands
# Words by which people come back to what was spoken of before the last program.
_FIRST = re.compile(r"처음|첨에|맨첨|첫번째|최초|젤먼저|제일먼저|맨먼저")
_EARLIER = re.compile(
    r"아까|먼젓|먼저번|앞전|앞서|앞에|이전|먼저|전에(?:물어|말한|말씀|여쭤|얘기|이야기|본)|위에|방금전|그전"
)
_FORMER = re.compile(r"앞에?(거|것|꺼|건|말한|얘기한|이야기한)|앞쪽|전자")
_LATTER = re.compile(r"뒤에?(거|것|꺼|건)|뒤쪽|후자|나중(거|것)")
_CHOSEN = 0.2
_SIDE = re.compile(r"^.{0,10}쪽(은|은요|이요|요|은여)?$")  # "국가핵심기술 쪽은": the same of another program
_THAT = re.compile(r"그거|그것|이거|이것|아까|방금|그건|그게")
_COMPARED = re.compile(r"비교|차이|뭐가다르|뭐가달라|어떻게다르")
_WHICH = re.compile(
    r"둘중(에|에서|에선)?(뭐|뭘|어느|어떤|골라|$)|쪽(은|이)?(뭐|어디|무엇)|어느(쪽|거|것|게)|어떤(쪽|게)|뭐가(나|좋|맞|유리)|뭘로|뭐로|무엇이(나|좋|맞)|어디가(나|좋)"
)
# Back to what came up before, by a word of its name.
_AGAIN = re.compile(r"^(아|그럼|자)?(다시|도로)|(얘기|이야기|얘긴|로돌아)")
_WORD = re.compile(r"[가-힣a-zA-Z]{2,}")
_POINTS = re.compile(r"그거|그것|그건|그게|그쪽|거기|그\s")
_OWN_WORD = re.compile(r"[가-힣]{3}|[a-zA-Z]{2,}")  # the beginning of a word, without its endings
_LATELY = 4  # messages
_RECOMMENDATION = "recommendation"
_BOTH = re.compile(r"둘다|둘중|두개|두사업|둘의|둘이|양쪽|각각")


class QuestionReader:
    """Reads the question of a talk's latest message; made once."""

    def __init__(self, facts: knowledge.Knowledge) -> None:
        self._knowledge = facts
        self._list_words = knowledge.load_list_words()
        self._telling = {topic: tuple(map(sounds, words)) for topic, words in self._list_words["topics"].items()}

    def may_continue(self, tracker: DialogueStateTracker) -> bool:
        """Return whether what reads as small talk may as well be a short question about the program of the talk."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        ranking, facets = parsed.get("intent_ranking") or [], parsed.get("facets") or {}
        context = self._context(tracker)
        if not ranking or not context:
            return False
        best = ranking[0]["confidence"]
        question = confidence_of(ranking, "ask_program")
        if question >= _CONTINUES and question >= best - _MARGIN:
            return True
        described, clearly = next(iter(facets.get("ranking") or []), ("none", 0.0))
        if described == context["program"] and clearly >= _CLEARLY and question >= _MAY_ASK:
            return True
        topic, sure = next(iter(facets.get("topics") or []), ("same", 0.0))
        own_words = facets.get("own_words", "")
        short = len(own_words) <= _ASIDE
        # "신규가 얼마고 갱신이 얼만지", "집에서 볼 만한 건 없어요?"
        asks_of_it = sure >= _SURE_TOPIC or (short and asks(tracker.latest_message.text or ""))
        if asks_of_it and in_its_words(facets, context):
            return True
        if ranking[0]["name"] in _ASIDES and short and self.cued(own_words):
            return True  # "너무 길다, 효력만"
        concrete = topic not in ("same", "overview", "other") and sure >= _SURE_TOPIC
        if concrete and sure >= _ALL_BUT_CERTAIN and best < _UNSURE:
            return True
        return concrete and (len(own_words) <= _TERSE or bool(_FIRST.search(own_words) or _EARLIER.search(own_words)))

    def question(self, tracker: DialogueStateTracker) -> Question:
        """Return the question of the latest message, with what the talk before it adds."""
        parsed = tracker.latest_message.parse_data if tracker.latest_message else {}
        facets = parsed.get("facets") or {}
        entities = {entity["entity"]: entity["value"] for entity in parsed.get("entities") or []}
        programs = tuple(facets.get("programs") or ([entities["program"]] if "program" in entities else []))
        topics = tuple((name, confidence) for name, confidence in facets.get("topics") or [])
        if "topic" in entities and not topics:
            topics = ((entities["topic"], 1.0),)
        if not facets.get("named") and (meant := self.pointed_at(tracker)):
            programs = (meant,)
            facets = {**facets, "guessed": False, "named": True}
        agencies = tuple(facets.get("agencies") or ())
        if len(agencies) > 1 and not facets.get("named"):
            # Two bodies are named, and what is described is at best one of theirs, unless it is described at length.
            sure = next((sure for _, sure in facets.get("ranking") or []), 0.0)
            programs = programs if sure >= _ALL_BUT_CERTAIN and len(facets.get("own_words", "")) > _AT_LENGTH else ()
            agencies = () if programs else agencies
        note = last_note(tracker)
        context = self._context(tracker)
        own_words = facets.get("own_words", "")
        told_at = self._told_at(own_words)
        cued, size = _topics_of(told_at), self._size(own_words)
        if note.get("asked") == "program":
            # A few words that ask for nothing themselves choose among what the bot had just named.
            few = len(own_words) <= _SHORT and not cued
            programs = programs or (self._chosen(note, facets) if few else ())
            topics = () if programs and few else topics
        if (corrects(parsed, note) or ("program" in note and CORRECTS.search(own_words))) and (
            not topics or topics[0][1] < _CLEARLY
        ):
            topics = ()  # another program, the question of before
        # "교육이요", "교육 쪽은요": a program and nothing else.
        vague = not topics or topics[0][1] < _CLEARLY
        bare = len(own_words) <= NAMED_AT_ONCE and vague and not facets.get("named") or bool(_SIDE.search(own_words))
        if not topics or topics[0][0] == "same" or (programs and context and bare and not cued):
            topics = ((next(iter(cued), None) or note.get("topic") or context.get("topic") or "overview", 1.0),)
            size = size or context.get("size")
        carried = context.get("program") or tracker.get_slot("program") or next(iter(self._sought(tracker)), None)
        question = Question(
            programs=programs,
            topics=topics,
            agencies=agencies if not programs else (),
            likely_programs=tuple(facets.get("likely") or ()),
            own_words=own_words,
            cued=cued,
            end_cued=_topic_at_the_end(told_at, own_words),
            size=size,
            profile=self.profile(tracker),
        )
        if carried and not facets.get("named") and (part := self._part_chosen(carried, tracker)):
            return replace(question, programs=(carried,), own_words=part)
        if not facets.get("named"):
            earlier = self._earlier(tracker, own_words, facets)
            if earlier:
                return replace(question, programs=earlier, agencies=())
        if (beside := self._side_by_side(question, carried, parsed, note)) is not None:
            return beside
        if carried and not agencies and (not programs or self._stays(carried, question, facets, tracker)):
            question = replace(question, programs=(carried,))
        if not question.programs and not agencies:
            question = replace(question, programs=self._only_one(question))
        return replace(question, asked=self._asked(question, facets))

    @staticmethod
    def _side_by_side(
        question: Question, carried: str | None, parsed: dict[str, Any], note: dict[str, Any]
    ) -> Question | None:
        """Return the question about several programs when it sets the one of the talk beside another ("둘 다 돈 내요?"), or asks which one, or which part of one."""
        programs, own_words = question.programs, question.own_words
        compared: Sequence[str] = note.get("programs") or ()
        facets = parsed.get("facets") or {}
        topic, sure = question.topics[0]
        # Who says at length what it is for asks which one does that, whatever words the purpose is put in.
        open_choice = sure < _CLEARLY or len(own_words) > _AT_LENGTH
        if carried and set(programs) <= {carried} and len(compared) < 2 and BETWEEN_TWO.search(own_words):
            # Of two parts of one program: what each is for tells which one.
            topics = (("support", 0.5), ("effect", 0.5)) if open_choice else question.topics
            return replace(question, programs=(carried,), topics=topics)
        chooses = len(compared) > 1 and not facets.get("named") and bool(_WHICH.search(own_words))
        if chooses and len(programs) == 1 and programs[0] in compared and not facets.get("guessed"):
            # The purpose describes one of the two: that one, what it is and what it is good for.
            return replace(question, topics=(("overview", 0.5), ("effect", 0.5)), cued=(), end_cued=None)
        if carried and programs and carried not in programs:
            if len(programs) == 1 and (_BOTH.search(own_words) or _COMPARED.search(own_words)):
                return replace(question, programs=(carried, *programs))
            compares = (parsed.get("intent") or {}).get("name") == "compare_programs"
            if compares and _THAT.search(own_words):
                return replace(question, programs=(*programs, carried))
        if chooses or (len(compared) > 1 and not facets.get("named") and _COMPARED.search(own_words)):
            topics = (("overview", 1.0),) if open_choice or topic in ("same", "other") else question.topics
            return replace(question, programs=tuple(compared), topics=topics, cued=question.cued[:1])
        return None

    @staticmethod
    def _facts(tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return what the forms know of the company."""
        return {fact: tracker.get_slot(fact) for fact in knowledge.FACTS}

    def profile(self, tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return what is known of the company: from the forms, and from what was said lately."""
        profile = self._facts(tracker)
        said = [event.text for event in tracker.events if isinstance(event, UserUttered) and event.text]
        for text in said[-_LATELY:]:
            told = company.read(read(text), self._knowledge)
            profile |= {fact: value for fact, value in told.facts.items() if not told.guessed and fact != "needs"}
        return profile

    def asks_for_itself(self, tracker: DialogueStateTracker) -> bool:
        """Return whether a company says what it is and asks something ("여관이에요. 가능합니까?")."""
        text = self.text_of(tracker)
        told = company.read(text, self._knowledge)
        return asks(text) and not told.guessed and bool(told.facts.keys() - {"needs"})

    def _sought(self, tracker: DialogueStateTracker) -> tuple[str, ...]:
        """Return the program that fits best while the form looks for one, or ()."""
        if tracker.active_loop_name != _RECOMMENDATION or not tracker.get_slot("needs"):
            return ()
        found = recommendation.recommend(self._knowledge.programs, self._facts(tracker), korea_today()).shown
        return (found[0].program.id,) if found else ()

    def _only_one(self, question: Question) -> tuple[str, ...]:
        """Return the program that may be meant when no other one says anything on the topic that is surely asked for, or ()."""
        topic, sure = question.topics[0]
        telling = [program.id for program in self._knowledge.programs if answers.tells_of(program, topic)]
        return (
            tuple(telling)
            if sure >= _ALL_BUT_CERTAIN and telling[1:] == [] and set(telling) <= set(question.likely_programs)
            else ()
        )

    def _told_at(self, own_words: str) -> list[tuple[int, str]]:
        """Return where the last telling word of each topic stands, as (place among the letters, topic), the last word first."""
        heard = sounds(own_words)
        found = [
            (at, at + len(word), topic)
            for topic, words in self._telling.items()
            for word in words
            if (at := heard.rfind(word)) >= 0
        ]
        # A word inside a longer one tells nothing: the 주소 of "홈페이지 주소" is no address.
        alone = [
            (at, topic)
            for at, end, topic in found
            if not any(start <= at and end <= stop and stop - start > end - at for start, stop, _ in found)
        ]
        return sorted(alone, reverse=True)

    def cued(self, own_words: str) -> tuple[str, ...]:
        """Return the topics for which the words hold a telling one, the last word first: a sentence asks at its end."""
        return _topics_of(self._told_at(own_words))

    def _size(self, own_words: str) -> str | None:
        """Return the one size of company that the words name, or None."""
        for word in self._list_words["not"]["not"]:
            own_words = own_words.replace(word, "")
        named = self.words_in("size", own_words)
        return named[0] if len(named) == 1 else None

    def _asked(self, question: Question, facets: dict[str, Any]) -> tuple[Question, ...]:
        """Return the questions of a message that asks several, each with its program; those without one make it a single question."""
        found = []
        for each in facets.get("asked") or ():
            program = each["program"] or next(iter(question.programs), None)
            if program is None:
                return ()
            topics = tuple((name, confidence) for name, confidence in each["topics"])
            words = each["own_words"]
            found.append(Question((program,), topics, own_words=words, cued=self.cued(words)))
        several = len(question.programs) > 1 and len({each.programs for each in found}) < len(question.programs)
        return () if several else tuple(found)

    def _chosen(self, note: dict[str, Any], facets: dict[str, Any]) -> tuple[str, ...]:
        """Return the program that a few words choose among those that the bot had just named, or ()."""
        offered = note.get("offered") or [program.id for program in self._knowledge.programs]
        ranking = [(name, sure) for name, sure in facets.get("ranking") or [] if name in offered]
        return (ranking[0][0],) if ranking and ranking[0][1] >= _CHOSEN else ()

    def _earlier(self, tracker: DialogueStateTracker, own_words: str, facets: dict[str, Any]) -> tuple[str, ...]:
        """Return the programs of the talk to which a message comes back ("처음에 물어본 거", "아까 그 교육", "둘 다"), or ()."""
        spoken, now = self._spoken_of(tracker)
        if _BOTH.search(own_words) and not (len(now) > 1 and _WHICH.search(own_words)):
            return tuple(now) if len(now) > 1 else tuple(spoken[-2:]) if len(spoken) > 1 else ()
        first, earlier = _FIRST.search(own_words), _EARLIER.search(own_words)
        others = [program for program in spoken if program not in now]
        if not others:
            return ()
        if echoed := self._echoed(tracker, now, facets):
            return (echoed,)
        if not (first or earlier):
            return ()
        if first:
            return (spoken[0],)
        known = {program.id: program for program in self._knowledge.programs}
        free = self._list_words["price"]["free"]
        if any(word in own_words for word in free):
            cheap = [program for program in others if known[program].price == "free"]
            others = cheap or others
        sure = dict(facets.get("ranking") or [])
        words = Question(own_words=own_words)
        return (
            max(
                others,
                key=lambda program: (
                    sure.get(program, 0.0) >= _CHOSEN,
                    answers.hits(known[program], words),
                    sure.get(program, 0.0),
                    spoken.index(program),
                ),
            ),
        )

    def _echoed(self, tracker: DialogueStateTracker, now: Sequence[str], facets: dict[str, Any]) -> str | None:
        """Return the earlier program that the message points at by a word with which the user asked about it ("cctv 그쪽 전화"), or None."""
        text = self.text_of(tracker)
        if not _POINTS.search(text) or (facets.get("programs") and not facets.get("guessed")):
            return None
        asked: list[tuple[str, str]] = []
        said = ""
        for event in tracker.applied_events()[:-1]:
            if isinstance(event, UserUttered):
                said = compact(read(event.text or ""))
            elif isinstance(event, BotUttered) and (program := note_of(event).get("program")):
                asked.append((said, program))
        for word in _OWN_WORD.findall(text):
            programs = [program for words, program in asked if word in words]
            if programs and not set(programs) & set(now) and not self.cued(word):
                return programs[-1]
        return None

    def _part_chosen(self, carried: str, tracker: DialogueStateTracker) -> str:
        """Return the words for the part of the program of the talk that a message puts in place of another ("대출 말고 기술 파는 쪽"), or ""."""
        refused, meant = instead_of(self.text_of(tracker))
        if not meant:
            return ""
        of_it = answers.hits(self._knowledge.program(carried), Question(own_words=compact(refused)))
        return compact(meant) if of_it else ""

    @staticmethod
    def text_of(tracker: DialogueStateTracker) -> str:
        """Return the latest message in one spelling."""
        return read((tracker.latest_message.text or "") if tracker.latest_message else "")

    @staticmethod
    def _spoken_of(tracker: DialogueStateTracker) -> tuple[list[str], list[str]]:
        """Return the programs that the bot has spoken of, in the order in which they first came up, and those of its last answer."""
        spoken: list[str] = []
        now: list[str] = []
        for note in reversed(list(notes(tracker))):
            now = note.get("programs") or ([note["program"]] if note.get("program") else now)
            spoken += [program for program in now if program not in spoken]
        return spoken, now

    def pointed_at(self, tracker: DialogueStateTracker) -> str | None:
        """Return the program that the message means by its place among those just compared, or in the last recommendation, or None."""
        text = (tracker.latest_message.text if tracker.latest_message else None) or ""
        compared: Sequence[str] = last_note(tracker).get("programs") or ()
        if len(compared) > 1:
            if _FORMER.search(compact(text)):
                return compared[0]
            return compared[-1] if _LATTER.search(compact(text)) else recommendation.pointed_at(text, compared)
        state = tracker.get_slot("recommendation_state")
        shown = state.get("shown") if isinstance(state, dict) else None
        return recommendation.pointed_at(text, shown or ())

    def _stays(self, carried: str, question: Question, facets: dict[str, Any], tracker: DialogueStateTracker) -> bool:
        """Return whether a message that seems to describe another program is about the program of the talk all the same."""
        described = bool(facets.get("programs")) and not facets.get("named")
        if described and question.topic == "contact" and not self._in_part_named(question):
            return True  # "신고하려면 몇 번으로 전화하면 되나요": whoever asks for a number describes the one who is called
        if facets.get("guessed"):
            return not (CORRECTS.search(question.own_words) or _AGAIN.search(question.own_words))
        short = len(question.own_words) <= _SHORT and not _SIDE.search(question.own_words)
        back = set(question.programs) <= set(self._spoken_of(tracker)[0])  # that one came up before, too
        return described and short and not back and answers.hits(self._knowledge.program(carried), question) > 0

    def _in_part_named(self, question: Question) -> bool:
        """Return whether the words hold a word of the names of the program that they describe ("상담센터")."""
        program = self._knowledge.program(question.programs[0])
        words = _WORD.findall(" ".join((program.name, program.short_name, *program.aliases)))
        return any(word in question.own_words for word in words)

    @staticmethod
    def _context(tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return the program and topic that the bot last spoke about, or {}."""
        return next((note for note in notes(tracker) if "program" in note), {})

    def words_in(self, kind: str, solid: str) -> list[str]:
        """Return the groups of a kind of list words (knowledge/words.yml) of which the text uses one."""
        return [key for key, words in self._list_words[kind].items() if any(word in solid for word in words)]


def _topics_of(told_at: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(topic for _, topic in told_at))


def _topic_at_the_end(told_at: list[tuple[int, str]], own_words: str) -> str | None:
    """Return the topic of the last telling word when a long message ends with it, or None."""
    if len(own_words) <= 2 * _END:
        return None
    end = len(sounds(own_words)) - len(sounds(own_words[-_END:]))
    return next((topic for at, topic in told_at if at >= end), None)
