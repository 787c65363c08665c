"""Starts Rasa as `rasa run` does, with logs that hold nothing of what users write: `python -m bot.engine.server HOST PORT MODEL`."""

from __future__ import annotations

import gc
import logging
import sys
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from rasa.core.run import serve_application
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from bot.engine.action_calls import call_quickly

OURS = "bot."
GC_THRESHOLDS = (20_000, 20, 100)  # objects, then collections of the generation below


class QuietFormatter(logging.Formatter):
    """Once users write, says of a line of Rasa's only where it comes from: Rasa puts sentences and tracebacks into its messages."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.users_write = False

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for the log."""
        if not self.users_write or record.name.startswith(OURS):
            return super().format(record)
        error = record.exc_info[1] if record.exc_info else None
        return f"{self.formatTime(record)} {record.levelname} {record.name}:{record.lineno} {kind(error)}".rstrip()


def kind(error: BaseException | None) -> str:
    """Return which error it was, what caused it and where it arose, without a word of its message."""
    if error is None:
        return ""
    while error.__cause__ is not None:
        error = error.__cause__
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


def bare(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """Return the name of a structured event, which is fixed, and the kind of its error; every other field may hold a sentence."""
    error = event.get("exc_info")
    found = error if isinstance(error, BaseException) else sys.exc_info()[1] if error or method == "exception" else None
    return f"{event.get('event')} {kind(found)}".rstrip()


def quiet_logs() -> QuietFormatter:
    """Send all logging to the standard output, from WARNING up. Returns the formatter, to be told when users begin to write."""
    formatter = QuietFormatter()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("rasa").setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, bare],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    warnings.simplefilter("ignore")  # a warning may quote a sentence, too
    return formatter


def main(host: str, port: int, model: str) -> None:
    """Serve the model until told to stop. Only the gateway's channel is open, no HTTP API."""
    if not Path(model).is_file():
        sys.exit(f"There is no model at {model}: `make train` makes one.")
    formatter = quiet_logs()
    call_quickly()

    async def users_write(app: Sanic, loop: Any) -> None:
        formatter.users_write = True
        # What is loaded stays: looking through it for rubbish took up to 300 ms in the middle of a message.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    serve_application(
        model_path=model,
        interface=host,
        port=port,
        credentials="credentials.yml",
        endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"),
        enable_api=False,
        server_listeners=[(users_write, "after_server_start")],
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
