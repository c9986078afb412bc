"""Tables that the package carries as CSV files in a ``data`` folder beside the code that reads them."""

import csv
from functools import cache
from importlib.resources import files
from io import StringIO


@cache
def data_rows(package: str, name: str) -> tuple[dict[str, str], ...]:
    """Answer the rows of ``data/{name}.csv`` of a package, by the names of their columns; read once."""
    text = files(package).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text), strict=True))
