"""How text is made comparable: one folding for all searches, and one key for names that people spell differently."""

import re
import unicodedata
from collections.abc import Sequence

from unidecode import unidecode

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
