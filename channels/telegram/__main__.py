"""`python -m channels.telegram` runs the Telegram channel until it is told to stop. Without a token it says so and ends."""

import asyncio
import logging
import signal
import sys

from bot.errors import SettingsError
from bot.settings import get_settings
from channels.telegram.secrecy import set_up_logging
from channels.telegram.service import run


async def _run() -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    await run(get_settings(), stop)


def main() -> int:
    """Return the process's exit status."""
    try:
        settings = get_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    token = settings.telegram_token.get_secret_value()
    set_up_logging(token, debug=settings.debug)
    if not token:
        logging.getLogger("channels.telegram").info("Telegram is off: ULTARI_TELEGRAM_TOKEN is not set.")
        return 0
    asyncio.run(_run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
