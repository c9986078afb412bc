"""What can be imported and exported, and how."""

from enum import StrEnum

from cluster_api.files.states import RowKind


class ImportKind(StrEnum):
    """What the rows of an import tell of."""

    CLUSTERS = "clusters"
    LABELS = "labels"

    @property
    def row_kind(self) -> RowKind:
        """Answer the kind of row that a file of this kind has."""
        return RowKind.CLUSTER if self is ImportKind.CLUSTERS else RowKind.LABEL


class ImportMode(StrEnum):
    """What one bad row does to the good ones."""

    ALL_OR_NOTHING = "all_or_nothing"
    """One transaction: a refused row means that nothing is imported."""
    ROW_BY_ROW = "row_by_row"
    """Good rows stay although others are refused; committed in batches, with the place to go on from."""


class ExportName(StrEnum):
    """What can be exported."""

    REGISTER = "register"
    CLUSTERS = "clusters"
    LABELS = "labels"


class ExportFormat(StrEnum):
    """The forms in which an export is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
