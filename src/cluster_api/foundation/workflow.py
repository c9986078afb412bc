"""Tables of moves: which verb takes a thing from which state to which. Only ``apply`` changes a state."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from cluster_api.foundation.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class MoveNotAllowed(Conflict):
    """This move does not exist from the present state.

    `allowed_moves` of the resource names the moves that do.
    """


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One row of the table: from, verb, to, who may, and under which condition."""

    source: S
    verb: str
    target: S
    permission: str
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Workflow(Generic[S]):
    """A table of moves over the attribute ``column`` of some table."""

    name: str
    column: str
    moves: Sequence[Move[S]]

    def moves_from(self, state: S) -> list[Move[S]]:
        """Answer the moves that leave a state."""
        return [move for move in self.moves if move.source == state]

    def permission_of(self, verb: str) -> str:
        """Answer the permission that a verb needs, wherever it leads from; raise KeyError if there is no such verb."""
        return {move.verb: move.permission for move in self.moves}[verb]

    def find(self, state: S, verb: str) -> Move[S]:
        """Answer the move; raise MoveNotAllowed with the verbs that would be possible."""
        for move in self.moves:
            if move.source == state and move.verb == verb:
                return move
        possible = ", ".join(move.verb for move in self.moves_from(state)) or "none"
        raise MoveNotAllowed(f"{self.name} is {state.value}: {verb} is not possible, possible now: {possible}.")

    def apply(self, subject: Any, verb: str) -> Move[S]:
        """Change the state of the subject and answer the move that was made."""
        move = self.find(getattr(subject, self.column), verb)
        setattr(subject, self.column, move.target)
        return move


def diagram(workflow: Workflow[Any]) -> str:
    """Answer the table as a Mermaid state diagram: an arrow a move, with verb, permission and guard."""
    states = {state: None for move in workflow.moves for state in (move.source, move.target)}
    left, entered = ({getattr(move, end): None for move in workflow.moves} for end in ("source", "target"))
    lines = ["stateDiagram-v2"]
    first = [state for state in states if state not in entered] or [workflow.moves[0].source]
    lines += [f"    [*] --> {state}" for state in first]
    for move in workflow.moves:
        # A semicolon or a colon would end the label.
        guard = f", {move.guard}".replace(";", ",").replace(":", ",") if move.guard else ""
        lines.append(f"    {move.source} --> {move.target}: {move.verb} ({move.permission.replace(':', ' ')}{guard})")
    lines += [f"    {state} --> [*]" for state in states if state not in left]
    return "\n".join(lines)
