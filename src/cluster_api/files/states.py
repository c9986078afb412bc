"""The kinds of file and of row."""

from enum import StrEnum


class FileFormat(StrEnum):
    """The formats in which rows come in; all of them are read row by row."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


class RowKind(StrEnum):
    """What a row of the file tells of."""

    CLUSTER = "cluster"
    LABEL = "label"
