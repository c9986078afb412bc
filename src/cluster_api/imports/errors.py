"""What can go wrong with an import as a whole."""

from cluster_api.foundation.errors import Conflict


class RowsRefused(Conflict):
    """Rows were refused, so nothing was imported.

    All or nothing was asked for. The findings of the job name each refused row and why; correct the file, or ask for
    `row_by_row` to keep the good rows.
    """


class RecordsMoved(Conflict):
    """The record changed under the import again and again.

    Others recorded the same things at the same moments. Import the file again: what is on record already is left.
    """
