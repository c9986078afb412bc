"""What can go wrong with vocabularies: a name or a code that does not exist."""

from cluster_api.foundation.errors import NotFound


class VocabularyNotFound(NotFound):
    """There is no vocabulary of this name.

    `GET /v1/vocabularies` lists the names.
    """


class CodeNotFound(NotFound):
    """The vocabulary has no such code.

    `GET /v1/vocabularies/{name}` lists the codes of a vocabulary.
    """
