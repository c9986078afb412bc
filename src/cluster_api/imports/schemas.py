"""What goes in and out of imports and exports, the file itself excepted."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from cluster_api.files.schemas import Reading
from cluster_api.files.states import FileFormat
from cluster_api.foundation.fields import LINE_PATTERN, CivilDay, Flag
from cluster_api.imports.states import ExportFormat, ImportKind, ImportMode
from cluster_api.jobs.schemas import JobRead

Told = Annotated[str, Field(min_length=1, max_length=100, pattern=LINE_PATTERN)]


class ImportQuery(BaseModel):
    """How to import the file."""

    model_config = ConfigDict(extra="forbid")

    kind: ImportKind = Field(description="What its rows tell of.", examples=["clusters"])
    mode: ImportMode = Field(
        default=ImportMode.ALL_OR_NOTHING, description="Whether one refused row refuses the file, or only itself."
    )
    dry_run: Flag = Field(
        default=False,
        description="Rehearse: the job tells row by row what would happen and changes nothing.",
        examples=[True],
    )
    allow_duplicates: Flag = Field(
        default=False, description="Record organisations although they look like recorded ones."
    )
    encoding: Told | None = Field(
        default=None, description="Encoding of a text file; found out if left out.", examples=["utf-8"]
    )
    sheet: Told | None = Field(
        default=None, description="Name of the sheet of a workbook; the first if left out.", examples=[None]
    )


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What an import was asked to do, as its job remembers it."""

    kind: ImportKind
    mode: ImportMode
    dry_run: bool
    allow_duplicates: bool
    encoding: str | None
    sheet: str | None
    file_format: FileFormat
    bytes: int
    sha256: str

    @classmethod
    def of(cls, request: dict[str, Any]) -> Self:
        """Answer the request that a job remembers."""
        kinds: dict[str, Any] = {"kind": ImportKind, "mode": ImportMode, "file_format": FileFormat}
        typed: dict[str, Any] = {
            name: kinds[name](value) if name in kinds else value for name, value in request.items()
        }
        return cls(**typed)

    def told(self) -> dict[str, Any]:
        """Answer the request as plain values, for a job to remember."""
        return {name: getattr(value, "value", value) for name, value in asdict(self).items()}

    def is_text(self) -> bool:
        """Answer whether the file is text, whose lines can be counted before it is read."""
        return self.file_format is not FileFormat.XLSX

    def reading(self) -> Reading:
        """Answer how to read the file."""
        return Reading(self.file_format, self.kind.row_kind, encoding=self.encoding, sheet=self.sheet)


class ImportRead(JobRead):
    """An import: its job, and what came out in a sentence."""

    summary: str = Field(
        description="What happened, or in a rehearsal would happen.",
        max_length=500,
        examples=["Rehearsed: 12 created, 3 changed, 40 left as they are, 1 refused."],
    )


class ExportQuery(BaseModel):
    """How to write the export, and as of which day."""

    model_config = ConfigDict(extra="forbid")

    format: ExportFormat | None = Field(
        default=None, description="Form of the file; else by `Accept`, else CSV.", examples=["csv"]
    )
    valid_on: CivilDay | None = Field(
        default=None,
        description="Of the register only: holders of a label valid on this day; today if left out.",
        examples=[None],
    )
