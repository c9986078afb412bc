"""Pages made of a template and values, as PDF: the same bytes for the same input on every machine.

The typesetter is an extra of the package, loaded when a page is first asked for.
"""

from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

import orjson

from cluster_api.foundation.errors import Unavailable


class ReportsNotInstalled(Unavailable):
    """Reports cannot be set as PDF here.

    The operator of this service has left out the extra `reports` (`pip install cluster-api[reports]`). The same report
    can be had as JSON.
    """


def pdf_of(template: str, values: dict[str, Any], *, made_at: datetime) -> bytes:
    """Answer the pages of a template as PDF; it reads the values as JSON from ``sys.inputs.values``.

    Fonts of the machine are not looked at, only those of the typesetter; the instant is the one the file names.

    Raises:
        ReportsNotInstalled: the typesetter is missing.
    """
    text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()
    compiled: bytes = _typesetter().compile(
        template.encode(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"values": text},
        timestamp=int(made_at.timestamp()),
    )
    return compiled


@cache
def _typesetter() -> Any:
    try:
        return import_module("typst")
    except ModuleNotFoundError as error:
        raise ReportsNotInstalled from error
