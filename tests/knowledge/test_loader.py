"""A mistake stops the loader with a message that says where it is and what to do; broken/ holds one of each."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import bot.knowledge
from bot.errors import KnowledgeError
from bot.knowledge import Knowledge, check, load, load_list_words

HERE = Path(__file__).parent
BROKEN = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((HERE / "broken").glob("*.yml"))
}


def break_sample(folder: Path, case: dict[str, Any]) -> Path:
    """Return a copy of the good sample with the one mistake of the case in it."""
    copy = folder / "knowledge"
    shutil.copytree(HERE / "sample", copy)
    path = copy / case["file"]
    text = path.read_text(encoding="utf-8")
    if "replace" in case:
        assert text.count(case["replace"]) == 1, "the case must replace exactly one place of the sample"
        text = text.replace(case["replace"], case["with"])
    path.write_text(case.get("text", text), encoding=case.get("encoding", "utf-8"))
    if "rename" in case:
        path.rename(copy / case["rename"])
    if case.get("delete"):
        path.unlink()
    if "delete_too" in case:
        (copy / case["delete_too"]).unlink()
    return copy


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(KnowledgeError) as caught:
        check(folder)
    return caught.value.problems


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_gives_one_message_with_place_and_remedy(name: str, tmp_path: Path) -> None:
    case = BROKEN[name]
    (message,) = problems_of(break_sample(tmp_path, case))
    problem, remedy = message.split("\n  ")
    assert problem == case["problem"]
    assert remedy.startswith(case["remedy"])


def test_each_message_of_the_loader_has_its_broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(bot.knowledge.__file__).read_text(encoding="utf-8")
    calls = {
        (node.lineno, node.end_lineno): ast.get_source_segment(source, node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("problem", "_note")
    }
    seen: set[int] = set()
    note = bot.knowledge._note

    def remember(*arguments: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_code.co_filename == bot.knowledge.__file__ and frame.f_back is not None:
            seen.add(frame.f_lineno)
            frame = frame.f_back
        note(*arguments)

    monkeypatch.setattr(bot.knowledge, "_note", remember)
    for name, case in BROKEN.items():
        problems_of(break_sample(tmp_path / name, case))
    unprovoked = [text for (first, last), text in calls.items() if not seen & set(range(first, last + 1))]
    assert not unprovoked


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    folder = break_sample(tmp_path, BROKEN["number_missing"])
    second = folder / "programs" / "second.yml"
    second.write_text(second.read_text(encoding="utf-8").replace("topic: overview", "topic: kost"), encoding="utf-8")
    problems = problems_of(folder)
    assert [problem.split(": ")[0] for problem in problems][:2] == [
        "knowledge/programs/first.yml",
        "knowledge/programs/second.yml",
    ]


def test_the_sample_is_read_in_full() -> None:
    knowledge = load(HERE / "sample")
    program = knowledge.program("first")
    assert program is knowledge.program(1)
    assert [(contact.name, contact.phone) for contact in program.contacts] == [
        ("표본센터", "02-123-4567"),
        ("진단팀", "02-123-4569"),
    ]
    assert program.names == ("보안 진단 지원", "보안 진단", "진단 사업")
    assert [fact.topic for fact in knowledge.facts(1, "support")] == ["cost"]
    assert program.conditions[1].value == ("sme",)
    assert program.conditions[1].when == (("industry", ("lodging",)),)
    assert program.conditions[1].not_for == ("training",)
    assert program.priorities[0].comparison == "any_of"
    assert [(service.need, service.fit) for service in program.needs] == [("diagnosis", "strong")]
    assert [(suit.fact, suit.fit) for suit in program.suits] == [("leak_occurred", "first")]
    assert program.remarks[0].value is False
    assert knowledge.needs["diagnosis"].words == ("진단", "점검 * 받고")
    assert knowledge.needs["diagnosis"].may_have_happened
    assert [found.number for found in knowledge.programs_of("sample_ministry")] == [1, 2]


def test_words_keep_the_order_of_the_file(knowledge: Knowledge) -> None:
    """The first price or size whose word a message uses is taken."""
    for kind, words in load_list_words().items():
        assert words
        assert all(found and all(word == "".join(word.split()) for word in found) for found in words.values()), kind
    written = yaml.safe_load((bot.knowledge.DEFAULT_FOLDER / "words.yml").read_text(encoding="utf-8"))
    assert {kind: list(words) for kind, words in load_list_words().items()} == {
        kind: list(words) for kind, words in written.items()
    }


def test_what_people_can_ask_for_the_bot_can_name() -> None:
    words = load_list_words()
    said = yaml.safe_load((HERE.parents[1] / "domain.yml").read_text(encoding="utf-8"))["responses"]
    filters = {f"utter_filter_{key}" for kind in ("price", "size") for key in words[kind]}
    assert filters | {f"utter_topic_{topic}" for topic in words["topics"]} <= set(said)


def test_an_unknown_program_is_a_key_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        knowledge.program("no_such_program")
    with pytest.raises(KeyError):
        knowledge.program(15)


def test_importing_reads_nothing() -> None:
    code = "import sys, pathlib; pathlib.Path.read_text = None; import bot.knowledge"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE.parent.parent)


def test_the_check_says_what_it_found() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.knowledge"],
        capture_output=True,
        encoding="utf-8",
        cwd=HERE.parent.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("14 programs, ")


def test_the_check_fails_with_every_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bot.knowledge, "DEFAULT_FOLDER", break_sample(tmp_path, BROKEN["price_unknown"]))
    assert bot.knowledge.main() == 1
    assert "'cheap' is not a price." in capsys.readouterr().err
