"""Who stands behind a deed, as far as the journal needs to know."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Author:
    """The name under which a deed is recorded, its instant, and the request (trace) it came with."""

    name: str
    at: datetime
    request_id: str
    client_id: str | None = None
    person_id: str | None = None
    organisation_id: str | None = None
