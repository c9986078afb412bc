"""The five-minute tour of the README is true: every line is run against a live server, every answer compared."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import Live

END = "--- end of the step ---"
BIN = Path(sys.executable).parent
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


class Shell:
    """One shell in which the tour is taken, as by somebody who types it."""

    def __init__(self, live: Live) -> None:
        self._process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=live.folder, env=live.environment,
        )  # fmt: skip

    def run(self, command: str) -> str:
        """Answer what a command prints; one that is not whole is refused, because the shell would wait for its end."""
        subprocess.run(["bash", "-n"], input=command, text=True, check=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\nprintf '\\n{END}\\n'\n")
        self._process.stdin.flush()
        lines = list(iter(self._process.stdout.readline, f"{END}\n"))
        return "".join(lines)

    def close(self) -> None:
        """End the shell."""
        self._process.communicate()


def test_the_tour_is_true(live: Live) -> None:
    """In one go and one shell, because later steps stand on earlier ones."""
    shell = Shell(live)
    for command, promised in steps():
        line = command.replace("http://127.0.0.1:8000", live.base).replace(".venv/bin/", f"{BIN}/")
        given = shell.run(line).replace(live.base, "http://127.0.0.1:8000").replace("\r\n", "\n").strip()
        if not matches(promised.strip(), given):
            pytest.fail(f"$ {command}\npromised:\n{promised}\ngiven:\n{given}")
    shell.close()
