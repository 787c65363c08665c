"""Keeps the bot's token and what users write out of the log, whatever a library writes there."""

import logging
import re

TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
HIDDEN = "<token>"
# At DEBUG and INFO they write addresses with the token, parameters and bodies.
TALKATIVE = ("httpx", "httpcore", "telegram", "telegram.ext", "sse_starlette", "asyncio", "uvicorn", "hpack")


class HideToken(logging.Filter):
    """Replaces the token in every line, the traceback included."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.hide(record.getMessage()), None
        if record.exc_info:
            # Library errors quote addresses and bodies: the kind of error is enough.
            kind = record.exc_info[0]
            record.msg += f" ({kind.__name__})" if kind else ""
            record.exc_info, record.exc_text = None, None
        return True

    def hide(self, text: str) -> str:
        """Return the text without the token, or anything that looks like one."""
        return TOKEN.sub(HIDDEN, text.replace(self._token, HIDDEN) if self._token else text)


def set_up_logging(token: str, *, debug: bool) -> None:
    """Log what we do, and warnings of the libraries, without secrets."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(HideToken(token))
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
