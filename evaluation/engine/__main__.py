"""Runs one job beside Rasa: JSON comes in on the standard input, JSON goes out into the file named last.

`python -m evaluation.engine read MODEL OUT` · `… stock FOLDER OUT` · `… morphemes OUT`
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Do the job; each job imports what it needs, since Rasa alone takes seconds."""
    warnings.simplefilter("ignore")
    job, *where, out = arguments
    given = json.load(sys.stdin)
    if job == "morphemes":
        from bot.engine.tokenizer import morphemes, read

        found: object = [morphemes(read(text)) for text in given]
    elif job == "read":
        from evaluation.engine.reading import read_all

        found = read_all(where[0], given)
    else:
        from evaluation.engine.stock import answer_all

        found = answer_all(Path(where[0]), given)
    Path(out).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
