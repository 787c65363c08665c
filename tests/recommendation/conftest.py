from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.actions.words import text_of
from bot.leak_report import Say

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def domain() -> dict[str, Any]:
    """Return domain.yml as Rasa sends it to an action."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def words(domain: dict[str, Any]) -> Callable[[Say], str]:
    """Return a function that puts a Say into words."""
    return lambda say: text_of(domain["responses"], say)
