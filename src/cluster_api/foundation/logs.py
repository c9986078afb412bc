"""Structured logs: events with fields, one JSON object a line, with the trace of its request, without secrets."""

import logging
import traceback
from collections.abc import MutableMapping, Sequence
from typing import Any

import structlog

from cluster_api.foundation.secrecy import blanked, without_secrets
from cluster_api.foundation.telemetry import current_trace

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

SERVER_LOGS = ("uvicorn.error", "uvicorn.access")
"""What the server writes by itself: lines about requests, and tracebacks of what nobody caught."""


def _with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["trace_id"] = current_trace.get()
    return event


class HiddenSecrets(logging.Filter):
    """Makes secrets unreadable, in our own events and in the lines of the server."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        """Hide what looks like a secret, and these values wherever they stand."""
        super().__init__()
        self.known = tuple(secret for secret in known if secret)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Answer the event without secrets; as a processor it stands where tracebacks are text already."""
        return {name: without_secrets(value, self.known, name=name) for name, value in event.items()}

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank a line of the server, its arguments and its traceback, and let it pass."""
        record.msg = blanked(str(record.msg), self.known)
        if isinstance(record.args, tuple):
            record.args = tuple(blanked(part, self.known) if isinstance(part, str) else part for part in record.args)
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = blanked("".join(traceback.format_exception(record.exc_info[1])), self.known)
            record.exc_info = None
        return True


def configure_logs(level: str, known: Sequence[str] = ()) -> None:
    """Write events at this level and above to standard output; nothing that is, or looks like, a secret."""
    hidden = HiddenSecrets(known)
    for name in SERVER_LOGS:
        server = logging.getLogger(name)
        server.filters = [old for old in server.filters if not isinstance(old, HiddenSecrets)]
        server.addFilter(hidden)
    structlog.configure(
        processors=[
            _with_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hidden,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=False,
    )


log: structlog.stdlib.BoundLogger = structlog.get_logger()
