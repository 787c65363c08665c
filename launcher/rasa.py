"""Runs Rasa's own command line with the environment that the launcher gives to Rasa: `python -m launcher.rasa test core …`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from bot.settings import read_settings
from launcher.children import environment_of
from launcher.environments import ENGINE, ROOT


def main(arguments: Sequence[str]) -> None:
    """Become Rasa's command line."""
    os.chdir(ROOT)
    rasa = ENGINE.path / "bin" / "rasa"
    os.execve(rasa, [str(rasa), *arguments], environment_of(read_settings()))  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
