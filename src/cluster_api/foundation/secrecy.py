"""What a secret looks like, so that none is written anywhere: by the name of its field, or by its own shape."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"

# Keys, client secrets, codes of invitations and complaints carry a prefix of ours; a token is a compact JWS, whose
# header is JSON in Base64. A token begins where a word begins: else a text of nothing but beginnings would be read to
# its end from each of them.
SECRET_SHAPE = re.compile(r"c(?:ak|cs|in|cp)_[A-Za-z0-9_-]{8,}|(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")

_IN_TEXT = re.compile(
    rf"(?P<shape>{SECRET_SHAPE.pattern})"
    r"|(?<=://)(?P<user>[^/\s:@]*):[^/\s@]+(?=@)"
    r"|(?i:\b(?P<scheme>Bearer|Basic|DPoP)\s+[A-Za-z0-9._~+/=-]{8,})"
    r"|(?i:(?P<name>(?:password|secret|assertion|authorization|(?:api|admin|secret|private)_?key|token)\b)"
    r"(?P<sign>['\"]?\s*[=:]\s*['\"]?)(?!\[hidden\])(?:(?:Bearer|Basic|DPoP)\s+)?[^\s'\"&,;})\]]{3,})"
)
_NAMES = re.compile(
    r"(?:^|[_-])(?:pass(?:word|phrase)|secret|secret_?key|admin_?key|api_?key|private_?key|token|assertion|cookie"
    r"|authorization)$",
    re.IGNORECASE,
)


_HINTS = (
    "cak_", "ccs_", "cin_", "ccp_", "eyj", "://", "basic", "bearer", "dpop",
    "password", "secret", "assertion", "authori", "key", "token",
)  # fmt: skip


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return _NAMES.search(name) is not None


def _blank(found: re.Match[str]) -> str:
    if found["user"] is not None:
        return f"{found['user']}:{HIDDEN}"
    if found["scheme"]:
        return f"{found['scheme']} {HIDDEN}"
    return f"{found['name']}{found['sign']}{HIDDEN}" if found["name"] else HIDDEN


def blanked(text: str, known: Iterable[str] = ()) -> str:
    """Answer the text with everything that looks like a secret, or is one of the known ones, made unreadable."""
    for secret in known:
        text = text.replace(secret, HIDDEN)
    # Looking for a few words costs a tenth of the search, and most lines of a log hold none of them.
    small = text.lower()
    return _IN_TEXT.sub(_blank, text) if any(hint in small for hint in _HINTS) else text


def without_secrets(value: Any, known: Iterable[str] = (), *, name: str = "") -> Any:
    """Answer a value of a log line without secrets, whatever it is made of."""
    if name and value is not None and _names_a_secret(name):
        return HIDDEN
    if isinstance(value, str):
        return blanked(value, known)
    if isinstance(value, dict):
        return {key: without_secrets(part, known, name=str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(part, known) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return blanked(repr(value) if isinstance(value, bytes | BaseException) else str(value), known)
