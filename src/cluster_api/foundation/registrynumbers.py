"""Numbers that registries of the world give: brought into one form, and their check digits tried (python-stdnum)."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

from stdnum import lei, vatin
from stdnum.exceptions import InvalidComponent, ValidationError

from cluster_api.foundation.datafiles import data_rows

LONGEST = 200
_SEPARATORS = re.compile(r"[\s.\-/]+")
_PREFIXED = re.compile(r"([A-Z]{2})-(.+)")


def checked_number(check: str, value: str, iso2: str) -> str:
    """Answer a number in the form of its registry, so that two ways to write it are one.

    ``check`` is ``none``, ``country`` (the country is put in front), ``company``, ``vat``, ``lei`` or ``pic``;
    ``iso2`` is the country taken where the number names none.

    Raises:
        ValueError: its form or its check digits are wrong, in a sentence.
    """
    try:
        found = _CHECKS[check](value.strip(), iso2)
    except ValidationError as error:
        raise ValueError(f"Not a valid number: {error}") from error
    if len(found) > LONGEST:
        raise ValueError(f"At most {LONGEST} characters with the country.")
    return found


def _vat(value: str, iso2: str) -> str:
    compact = _SEPARATORS.sub("", value).upper()
    try:
        return str(vatin.validate(compact))
    except ValidationError:
        # Greek numbers are written with EL.
        prefix = "EL" if iso2 == "GR" else iso2
        prefixed = compact if compact.startswith(prefix) else prefix + compact
        try:
            return str(vatin.validate(prefixed))
        except InvalidComponent:
            # The library knows no rule for this country: its numbers can only be told apart.
            return prefixed


def _company(value: str, iso2: str) -> str:
    parts = _PREFIXED.fullmatch(value)
    if parts and (parts[1] == iso2 or parts[1] in company_registers()):
        iso2, value = parts.groups()
    module = company_registers().get(iso2)
    return f"{iso2}-{import_module(module).validate(value) if module else ' '.join(value.split())}"


def _country(value: str, iso2: str) -> str:
    return value if value.startswith(f"{iso2}-") else f"{iso2}-{value}"


def _pic(value: str, _iso2: str) -> str:
    if not re.fullmatch(r"[0-9]{9}", value):
        raise ValueError("A Participant Identification Code has nine digits.")
    return value


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "none": lambda value, _iso2: value,
    "country": _country,
    "company": _company,
    "vat": _vat,
    "lei": lambda value, _iso2: str(lei.validate(value)),
    "pic": _pic,
}


@cache
def company_registers() -> Mapping[str, str]:
    """Answer the module of python-stdnum for the company register of each country it knows."""
    return {row["country"]: row["module"] for row in data_rows("cluster_api.foundation", "company_numbers")}
