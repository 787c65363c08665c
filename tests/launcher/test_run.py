"""Ending what was started."""

import signal
import threading
from contextlib import suppress

import pytest

from launcher import run


def test_that_somebody_wants_the_end_is_kept_when_the_exception_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_told_to_end", threading.Event())
    run._end_if_told()
    with suppress(KeyboardInterrupt):  # as a destructor does
        run._end(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        run._end_if_told()
