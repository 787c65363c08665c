"""Where the files beside this one are."""

from pathlib import Path

FOLDER = Path(__file__).parent
