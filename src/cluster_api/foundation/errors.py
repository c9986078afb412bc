"""What can go wrong, as six families that give the HTTP status.

An area's errors subclass one family; the class name becomes the problem type, the docstring its title:

    Problem
    ├── Unreadable 400      ├── Conflict 409        ├── PreconditionRequired 428
    ├── Unauthenticated 401 ├── Stale 412           ├── TooManyRequests 429
    ├── Forbidden 403       ├── TooLarge 413        ├── Unavailable 503
    └── NotFound 404        ├── UnsupportedMedia 415
                            └── Invalid 422
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One place in a request that is wrong: an RFC 6901 pointer, a short code, and a sentence that says the fix."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):  # noqa: N818 - names state the fact, without a suffix
    """Something went wrong."""

    status: ClassVar[int] = 500
    oauth_error: ClassVar[str] = ""
    """Error code of RFC 6749 under ``/oauth/``; without one it follows from the status."""

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        """Say what happened in one sentence, name the places, and add members or headers that help to go on."""
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    @classmethod
    def title(cls) -> str:
        """Answer the first line of the docstring without its full stop."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0].rstrip(".")

    @classmethod
    def slug(cls) -> str:
        """Answer the class name in kebab case; the problem type is ``/problems/{slug}``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def explanation(cls) -> str:
        """Answer the docstring after its first line: what the problem page tells the reader to do."""
        return "\n".join(line.strip() for line in (cls.__doc__ or "").strip().splitlines()[1:]).strip()


class Unreadable(Problem):
    """The request could not be read.

    The body is not what its media type promises. Check that JSON is well formed and encoded in UTF-8.
    """

    status = 400


class Unauthenticated(Problem):
    """Credentials are missing or not accepted.

    Send `Authorization: Bearer …` with a valid key.
    """

    status = 401
    oauth_error = "invalid_client"
    challenge_error: ClassVar[str] = ""
    """``invalid_token`` (RFC 6750) on the problems of credentials that were given and not accepted."""

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        """Say which credentials are wanted; RFC 9110 demands the challenge, which Traffic completes."""
        error = f', error="{self.challenge_error}"' if self.challenge_error else ""
        challenge = {"WWW-Authenticate": f'Bearer realm="cluster-api"{error}'}
        super().__init__(detail, headers={**challenge, **(headers or {})})


class Forbidden(Problem):
    """The caller may not do this."""

    status = 403


class NotFound(Problem):
    """Nothing stands at this address.

    Either the path is wrong or the thing does not exist or you may not know that it exists.
    """

    status = 404


class MethodNotAllowed(Problem):
    """The address exists, the method does not.

    The `Allow` header of the answer names every method of this address.
    """

    status = 405


class Conflict(Problem):
    """The request contradicts the present state."""

    status = 409


class Stale(Problem):
    """The thing has changed since it was read.

    Read it again, look at the difference, and repeat with the `ETag` of the answer in `If-Match`.
    """

    status = 412


class TooLarge(Problem):
    """The request is too large.

    Split it, or use an import for bulk data.
    """

    status = 413


class UnsupportedMedia(Problem):
    """The media type of the body is not supported."""

    status = 415


class Invalid(Problem):
    """The request can be read but breaks the schema.

    Each entry of `errors` names a place by a JSON Pointer into the request (`/body/…`, `/query/…`, `/path/…`,
    `/header/…`), a code, and what is wanted there.
    """

    status = 422


class PreconditionRequired(Problem):
    """A change needs the ETag of what it changes.

    Read the resource first and send its `ETag` in `If-Match`, so that nobody's change is lost.
    """

    status = 428


class TooManyRequests(Problem):
    """Too many requests.

    Wait for the number of seconds in `Retry-After`.
    """

    status = 429


class Unexpected(Problem):
    """Something failed on our side.

    The `trace_id` of the answer finds the cause in the log. Repeating the request later is safe with an
    `Idempotency-Key`.
    """

    status = 500


class Unavailable(Problem):
    """The service cannot answer at the moment.

    The database cannot be reached or is busy. Repeat after the number of seconds in `Retry-After`.
    """

    status = 503

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        """Say what is missing and when to try again, in seconds."""
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


FAMILIES: tuple[type[Problem], ...] = (
    Unreadable,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    Stale,
    TooLarge,
    UnsupportedMedia,
    Invalid,
    PreconditionRequired,
    TooManyRequests,
    Unexpected,
    Unavailable,
)


def problem_types(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Answer every problem type of the service, families and their members, in order of definition."""
    for kind in root.__subclasses__():
        yield kind
        yield from problem_types(kind)
