"""How text is made comparable, with one folding for all searches and one key for names, and which days are worked."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache

import holidays
from unidecode import unidecode

SATURDAY = 5

_NEVER_SAID = re.compile(r"['`\".]+")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Answer text as lower-case ASCII: accents dropped, other scripts transliterated, white space collapsed.

    Invisible characters (zero-width, byte order marks, soft hyphens) vanish and control characters count as spaces,
    because both come with pasted text. Used on both sides of every search, so that its transliteration need not be
    anybody's standard. Folding folded text changes nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    composed = unicodedata.normalize("NFKC", text)
    visible = "".join(_visible(character) for character in composed)
    return " ".join(unidecode(visible).lower().split())


def _visible(character: str) -> str:
    # Cf are marks without a shape; Cs are halves of characters, which no encoding can write.
    category = unicodedata.category(character)
    if category in {"Cf", "Cs"}:
        return ""
    return " " if category == "Cc" else character


def lookup_key(text: str) -> str:
    """Answer what remains of a name when punctuation does not count: ``Bosnia & Herzegovina`` as its full form."""
    spoken = _NEVER_SAID.sub("", fold(text).replace("&", " and "))
    return _NOT_A_WORD.sub(" ", spoken).strip()


def has_words(folded: str, words: Sequence[str]) -> bool:
    """Answer whether every one of these folded words occurs in a folded text; no words occur nowhere.

    A search for signs that fold to nothing must not answer everything.
    """
    return bool(words) and all(word in folded for word in words)


def public_holiday(day: date, country: str) -> str | None:
    """Answer the English name of the public holiday of a whole country (ISO 3166-1 alpha-2), or None."""
    return _holidays(country, day.year).get(day)


def is_working_day(day: date, country: str) -> bool:
    """Answer whether a day is neither of a weekend nor a public holiday of the whole country."""
    return day.weekday() < SATURDAY and public_holiday(day, country) is None


# Bounded, because strangers choose country and year.
@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> Mapping[date, str]:
    found = holidays.country_holidays(country, years=year, language=_english(country))
    return {day: found[day] for day in found}


@cache
def _english(country: str) -> str | None:
    spoken = holidays.country_holidays(country).supported_languages
    return next((one for one in ("en_US", "en_GB", "en") if one in spoken), None)
