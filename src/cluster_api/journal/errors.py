"""What can go wrong with the journal."""

from cluster_api.foundation.errors import Conflict, NotFound, Unreadable


class JournalLineNotFound(NotFound):
    """The journal has no such line."""


class CheckpointNotFound(NotFound):
    """There is no checkpoint of this day.

    `GET /v1/journal/checkpoints` lists the days that have one.
    """


class CheckpointNotReadable(Unreadable):
    """The file is no checkpoint.

    Give the file an item of `GET /v1/journal/checkpoints` as it was answered.
    """


class NotesNotErasable(Conflict):
    """These notes cannot be erased.

    Either a line has no note, or its note tells which notes were erased and why; that one has to stay, for it is what
    explains the gap.
    """
