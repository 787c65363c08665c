"""One line that shows how far a long job is."""

from __future__ import annotations

import sys
import time

EVERY_SECONDS = 10.0  # where nobody can overwrite a line: in a log


class Progress:
    """Counts items of one job; on a terminal in one line that changes, elsewhere a line every ten seconds."""

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._done = self._right = 0
        self._started = self._shown = time.monotonic()
        self._terminal = sys.stdout.isatty()

    def count(self, right: bool) -> None:
        """Note that one more item is done."""
        self._done += 1
        self._right += right
        now = time.monotonic()
        last = self._done == self._total
        if last or now - self._shown >= (0.2 if self._terminal else EVERY_SECONDS):
            self._shown = now
            line = f"{self._title:<10} {self._done:4d}/{self._total}  right {self._right}  {now - self._started:.0f} s"
            print(f"\r{line}" if self._terminal else line, end="" if self._terminal and not last else "\n", flush=True)
