"""One visitor of the web, in a process of its own, so that what else a test does holds up no measurement.

`python visitor.py URL`: asks ten times a second until the standard input ends, at least 60 times; prints the median wait in seconds.
"""

from __future__ import annotations

import select
import statistics
import sys
import time

from running_system import Chat

QUESTIONS = (
    "기술임치 수수료가 얼마예요?",
    "기술지킴서비스는 뭐예요?",
    "영업비밀 원본증명은 어떻게 신청해요?",
    "보안관제 비용이 들어요?",
)
AT_LEAST = 60
EACH_ASKS = 15
PAUSE_SECONDS = 0.1


def main(url: str) -> None:
    """Ask, and print how long an answer took in the middle of many."""
    chat, times = Chat(url), []
    while len(times) < AT_LEAST or not select.select([sys.stdin], [], [], 0)[0]:
        if len(times) % EACH_ASKS == 0:  # nobody asks a thousand questions, and a longer talk takes longer to read
            chat.close()
            chat = Chat(url)
        started = time.monotonic()
        chat.say(QUESTIONS[len(times) % len(QUESTIONS)])
        times.append(time.monotonic() - started)
        time.sleep(PAUSE_SECONDS)
    chat.close()
    print(statistics.median(times))


if __name__ == "__main__":
    main(sys.argv[1])
