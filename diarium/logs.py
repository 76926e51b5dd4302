"""How the program logs: one JSON object a line on standard error, no values of variables, no personal data."""

from __future__ import annotations

import sys

import structlog


def set_up_logs() -> None:
    """Sets structlog up for this process. Tracebacks are plain: a local variable may hold what is secret."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
