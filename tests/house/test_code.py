"""The walls of the house, measured on the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster_api.foundation.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_functions_are_short(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or 0) - node.lineno
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_is_imported_inside_functions(path: Path) -> None:
    # Heavy optional libraries are the exception, each with its reason beside it.
    inside = [
        ast.unparse(node)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and "pyarrow" not in ast.unparse(node)
        and "openpyxl" not in ast.unparse(node)
    ]  # fmt: skip
    assert inside == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_code_is_finished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\b(TODO|FIXME|XXX|TYPE_CHECKING)\b", text) == []
    assert ast.get_docstring(ast.parse(text))


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| [^|]* \| (.*) \|$", readme, re.MULTILINE))
    assert rows == {name.upper(): field.description for name, field in Settings.model_fields.items()}
