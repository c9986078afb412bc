"""Every table of moves is drawn in the docs, fresh; ``make workflows`` draws them anew."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import cluster_api
from cluster_api.foundation.workflow import Workflow, diagram
from cluster_api.identity.permissions import Permission

DRAWN = Path(__file__).parents[2] / "docs" / "workflows.md"
HEAD = """# Workflows

Each diagram is drawn from the table that the code obeys (`states.py` of its area): an arrow is a move, with its verb,
the permission it needs, and what must be so. Do not edit: `make workflows` writes this file, and a test compares it.
"""


def tables() -> dict[str, Workflow[Any]]:
    """Answer every table of moves by area and name."""
    found: dict[str, Workflow[Any]] = {}
    for area in iter_modules(cluster_api.__path__):
        folder = Path(cluster_api.__path__[0]) / area.name
        if (folder / "states.py").is_file():
            module = import_module(f"cluster_api.{area.name}.states")
            found |= {
                f"{area.name}: {name}": value for name, value in vars(module).items() if isinstance(value, Workflow)
            }
    return dict(sorted(found.items()))


def drawn() -> str:
    """Answer the page with every diagram."""
    parts = [f"## {table.name} (`{name}`)\n\n```mermaid\n{diagram(table)}\n```\n" for name, table in tables().items()]
    return "\n".join([HEAD, *parts])


def test_diagrams_are_fresh() -> None:
    assert DRAWN.read_text(encoding="utf-8") == drawn(), "run `make workflows`"


def test_every_move_needs_a_known_permission() -> None:
    for table in tables().values():
        assert {move.permission for move in table.moves} <= {permission.value for permission in Permission}


if __name__ == "__main__":
    DRAWN.parent.mkdir(exist_ok=True)
    DRAWN.write_text(drawn(), encoding="utf-8")
