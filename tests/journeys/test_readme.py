"""The five-minute tour of the README is true: every line is run against a live server, every answer compared."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.journeys.conftest import KEY, Live

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, str]]:
    """Answer each command of the tour with the answer it promises."""
    found = []
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            end = next(place for place, line in enumerate(lines) if not line.endswith("\\")) + 1
            found.append(("\n".join(lines[:end]), "\n".join(lines[end:])))
    return found


def matches(promised: str, given: str) -> bool:
    """Answer whether an answer is the promised one, where ``…`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in promised.split("…"))
    return re.fullmatch(pattern, given, re.DOTALL) is not None


def test_the_tour_has_steps() -> None:
    assert len(steps()) >= 8


def test_the_tour_is_true(live: Live) -> None:
    """In one go, because later steps stand on earlier ones."""
    for command, promised in steps():
        line = command.replace("http://127.0.0.1:8000", live.base)
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env={**live.environment, "KEY": KEY},
        )
        given = done.stdout.replace(live.base, "http://127.0.0.1:8000").replace("\r\n", "\n").strip()
        if not matches(promised.strip(), given):
            pytest.fail(f"$ {command}\npromised:\n{promised}\ngiven:\n{given}\n{done.stderr}")
