from __future__ import annotations

import pytest

from bot.knowledge import Knowledge, load


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """Return the knowledge of this repository, read once for all tests of this folder."""
    return load()
