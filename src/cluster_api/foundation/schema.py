"""The base of all tables and the column types that mean the same on SQLite and on PostgreSQL.

Values leave the driver in the form in which they are shown: identifiers and instants are text on SQLite, so that the
hot read path can hand rows to the serialiser without converting them.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

S = TypeVar("S", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: ``timestamptz`` on PostgreSQL, RFC 3339 text that sorts by time on SQLite."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(
            postgresql.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else sa.String(27)
        )

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value is not None else None
        return datetime.fromisoformat(value)


class Codes(TypeDecorator[list[str]]):
    """A short set of codes kept as ``|A|B|``: read as a list, searched with LIKE on both databases."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: sa.Dialect) -> str:
        return f"|{'|'.join(value)}|" if value else ""

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> list[str]:
        return value.strip("|").split("|") if value else []


class Choice(TypeDecorator[S]):
    """A StrEnum stored by value as text with a CHECK: enum types of PostgreSQL survive a downgrade, this does not."""

    impl = sa.String(40)
    cache_ok = True

    def __init__(self, kind: type[S]) -> None:
        """Store members of this enum."""
        super().__init__(40)
        self.kind = kind

    def process_bind_param(self, value: S | str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> S | None:
        return None if value is None else self.kind(value)


def instant_text(instant: datetime) -> str:
    """Answer an instant as RFC 3339 in UTC with microseconds, the form stored on SQLite and shown to callers."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def one_of(column: str, kind: type[StrEnum]) -> sa.CheckConstraint:
    """Answer the CHECK that keeps a column inside an enum, named ``{column}_known``."""
    members = ", ".join(f"'{member.value}'" for member in kind)
    return sa.CheckConstraint(f"{column} IN ({members})", name=f"{column}_known")


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Identifier = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")

Key = Annotated[str, mapped_column(Identifier, primary_key=True)]
Reference = Annotated[str, mapped_column(Identifier)]
Code = Annotated[str, mapped_column(sa.String(40))]
Name = Annotated[str, mapped_column(sa.String(300))]


class Base(DeclarativeBase):
    """All tables; constraints have names, because answers and migrations speak of them by name."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: Instant,
        date: sa.Date,
        Decimal: sa.Numeric(12, 4),
        UUID: Identifier,
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        dict[str, int]: JSON,
        list[str]: Codes,
    }
