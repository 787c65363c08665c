"""`python -m evaluation.proposals [FILE]`: what was not understood, as proposed training sentences for a person to review."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.conversations.not_understood import NotUnderstoodStore
from bot.conversations.proposals import as_training_data
from bot.migrations import upgrade
from bot.settings import read_settings


def main(given: Sequence[str]) -> int:
    """Write the proposals into a file, var/proposals.yml if none is named."""
    settings = read_settings()
    use_keyring(load_keyring(settings))
    engine = make_engine(settings)
    upgrade(engine)
    found = NotUnderstoodStore(engine).by_frequency()
    engine.dispose()
    path = Path(given[0]) if given else settings.var_dir / "proposals.yml"
    path.write_text(as_training_data(found), encoding="utf-8")
    print(f"{len(found)} sentences, {sum(said.times for said in found)} messages: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
