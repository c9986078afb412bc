"""What can go wrong with an import as a whole, and the reason a single row is refused."""

from cluster_api.foundation.errors import Conflict


class RowsRefused(Conflict):
    """Rows were refused, so nothing was imported.

    All or nothing was asked for. `findings` of the job name each refused row and why; correct the file, or ask for
    `row_by_row` to keep the good rows.
    """


class RowRefused(Exception):  # noqa: N818 - names state the fact, without a suffix
    """One row contradicts itself or the record; the rows around it go on."""

    def __init__(self, place: str, code: str, sentence: str) -> None:
        """Name the field (empty for the whole row), a short code, and a sentence that says what to do."""
        super().__init__(sentence)
        self.place = place
        self.code = code
        self.sentence = sentence
