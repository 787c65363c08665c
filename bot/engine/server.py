"""Starts Rasa as `rasa run` does, without the rest of its command line: `python -m bot.engine.server HOST PORT MODEL`."""

from __future__ import annotations

import logging
import sys


def main(host: str, port: int, model: str) -> None:
    """Serve the model until told to stop. Only the gateway's channel is open, no HTTP API."""
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    # What users write is in Rasa's debug and info lines.
    configure_logging_and_warnings(logging.WARNING, warn_only_once=True, filter_repeated_logs=True)
    configure_structlog(logging.WARNING)
    serve_application(
        model_path=model,
        interface=host,
        port=port,
        credentials="credentials.yml",
        endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"),
        enable_api=False,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
