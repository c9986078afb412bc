"""What can go wrong with a whole file, and the reason a single cell is refused."""

from cluster_api.foundation.errors import Invalid, TooLarge, Unreadable, UnsupportedMedia


class FileNotReadable(Unreadable):
    """The file cannot be read.

    Its bytes are not what its type promises: another format, another encoding, or damage on the way. The detail
    says where reading stopped.
    """


class FileTooLong(TooLarge):
    """The file has more in it than one import takes.

    Split it and import the parts one after the other; the same rows imported twice change nothing.
    """


class FormatNotKnown(UnsupportedMedia):
    """The format of the file is not one of those that can be imported.

    Send CSV (`text/csv`), JSON Lines (`application/jsonl`) or XLSX, and say which by media type or file name.
    """


class ColumnsNotUsable(Invalid):
    """The columns of the file do not fit.

    Each entry of `errors` names a column that is missing or stands twice. Names are compared without case, accents
    and punctuation, and the usual synonyms are known.
    """


class ParquetNotInstalled(Invalid):
    """This installation cannot write Parquet.

    Ask for CSV or JSON Lines, or have the service installed with its `parquet` extra.
    """


class CellRefused(Exception):  # noqa: N818 - names state the fact, without a suffix
    """One cell cannot be read as what its column holds; the row that has it becomes a fault, the file goes on."""

    def __init__(self, code: str, detail: str) -> None:
        """Give the reason as a short code and as a sentence that says what is wanted."""
        super().__init__(detail)
        self.code = code
        self.detail = detail
