"""Months are added to dates in one function of the house, and nothing else reckons with the twelve of a year."""

import ast
from collections.abc import Iterator

from tests.house.test_code import ROOT, SOURCES

HOME = "src/cluster_api/methodology/rules.py"
CALENDARS = {"calendar", "dateutil", "dateutil.relativedelta", "pendulum", "arrow"}


def reckonings(tree: ast.AST) -> Iterator[ast.AST]:
    """Answer each place that imports a calendar, reckons with twelve, or makes a date of a computed month or year."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and CALENDARS & {name.name for name in node.names}:
            yield node
        if isinstance(node, ast.ImportFrom) and node.module in CALENDARS:
            yield node
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.FloorDiv | ast.Mult):
            yield from (side for side in (node.left, node.right) if _is_twelve(side))
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def _is_twelve(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 12


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name == "divmod":
        yield from filter(_is_twelve, node.args)
    computed: list[ast.expr] = (
        [one for one in node.args[:2] if isinstance(one, ast.BinOp)] if name in {"date", "datetime"} else []
    )
    if name == "replace":
        computed = [
            one.value
            for one in node.keywords
            if one.arg in {"year", "month"} and not isinstance(one.value, ast.Constant)
        ]
    yield from computed


def test_invariant_6_months_are_added_in_one_function() -> None:
    found = {str(path.relative_to(ROOT)) for path in SOURCES if [*reckonings(ast.parse(path.read_text("utf-8")))]}
    assert found == {HOME}


def test_invariant_6_one_function_reckons_with_the_twelve_months() -> None:
    tree = ast.parse((ROOT / HOME).read_text("utf-8"))
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    assert [one.name for one in functions if any(_is_twelve(node) for node in ast.walk(one))] == ["add_months"]


def test_invariant_6_other_ways_to_add_months_would_be_found() -> None:
    for way in (
        "from calendar import monthrange", "import calendar", "from dateutil.relativedelta import relativedelta",
        "divmod(day.month + 5, 12)", "(day.month + 5) % 12", "years * 12", "day.replace(year=day.year + 2)",
        "day.replace(month=month + 1)", "date(day.year + 1, 1, 1)", "date(day.year, day.month + 1, 1)",
    ):  # fmt: skip
        assert [*reckonings(ast.parse(way))], way
    for other in ("day.replace(month=1, day=1)", "date(2020, 3, 1)", "text.replace('a', 'b')", "12 + 1"):
        assert [*reckonings(ast.parse(other))] == [], other
