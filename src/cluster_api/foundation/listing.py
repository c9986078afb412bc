"""One page of a long list, by the prepared read path: keyset order, opaque cursor, and a count only when asked.

The area says what is selected and by which filters; here stand the parts that are the same for every list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from cluster_api.foundation.database import Reader, Shapes
from cluster_api.foundation.paging import PageQuery, question_of, read_cursor, write_cursor

Shape = frozenset[str]
MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Order:
    """A column by which a list can be ordered, and the kind of its values in a cursor."""

    column: sa.ColumnElement[Any]
    kind: type


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one page, the cursor of the next, and the number of all rows if it was asked for."""

    rows: Sequence[tuple[Any, ...]]
    next: str | None
    total: int | None


class Listing:
    """A list that can be asked: its selection for a set of filters, its orders, and the key that settles ties."""

    def __init__(
        self,
        select: Callable[[Shape], sa.Select[Any]],
        *,
        orders: Mapping[str, Order],
        key: sa.ColumnElement[Any],
        complete: Callable[[sa.Subquery], sa.Select[Any]] | None = None,
    ) -> None:
        """Select rows with ``select``, which is given the names of the filters in use.

        ``complete`` adds what is looked up for the rows of one page only, whatever is counted or sorted.
        """
        self._select = select
        self._complete = complete
        self._orders = orders
        self._key = key
        self._shapes = Shapes(self._statement)

    async def page(self, reader: Reader, query: PageQuery, shape: Shape, values: Mapping[str, Any]) -> Rows:
        """Answer a page; ``query`` has ``sort`` and ``count`` besides, a minus before the order reverses it.

        Each row ends with the value of its order and its key. Raise Invalid for a cursor of another question.
        """
        asked = query.model_dump(mode="json", exclude_none=True)
        question, order = question_of({**asked, "shape": sorted(shape)}), self._orders[asked["sort"].removeprefix("-")]
        paged, given = shape | {f"by:{asked['sort']}"}, {**values, "most": query.limit + 1}
        if query.cursor is not None:
            after, given["after_key"] = read_cursor(query.cursor, question, [order.kind, UUID])
            # Beyond every number that a column holds lies the same place as at its edge.
            given["after"] = max(-MOST, min(after, MOST)) if order.kind is int else after
            paged |= {"after"}
        found = await reader.rows(self._shapes.for_filters(reader, paged), given)
        rows = found[: query.limit]
        cursor = write_cursor(question, rows[-1][-2:]) if len(found) > query.limit else None
        return Rows(rows, cursor, await self._total(reader, shape, values) if asked["count"] else None)

    async def _total(self, reader: Reader, shape: Shape, values: Mapping[str, Any]) -> int:
        counted = await reader.rows(self._shapes.for_filters(reader, shape | {"count"}), values)
        return int(counted[0][0])

    def _statement(self, shape: Shape) -> sa.Select[Any]:
        statement = self._select(shape)
        if "count" in shape:
            return statement.with_only_columns(sa.func.count(), maintain_column_froms=True)
        sort = next(name for name in shape if name.startswith("by:")).removeprefix("by:")
        order = self._orders[sort.removeprefix("-")]
        keys = (order.column.label("listed_by"), self._key.label("listed_key"))
        descending = sort.startswith("-")
        if "after" in shape:
            row = sa.tuple_(order.column, self._key)
            mark = sa.tuple_(
                sa.bindparam("after", type_=order.column.type), sa.bindparam("after_key", type_=self._key.type)
            )
            statement = statement.where(row < mark if descending else row > mark)
        bounded = (
            statement.add_columns(*keys)
            .order_by(*_ordered((order.column, self._key), descending=descending))
            .limit(sa.bindparam("most", type_=sa.Integer))
        )
        if self._complete is None:
            return bounded
        page = bounded.subquery("page")
        ends = (page.c.listed_by, page.c.listed_key)
        return self._complete(page).add_columns(*ends).order_by(*_ordered(ends, descending=descending))


def _ordered(keys: Sequence[sa.ColumnElement[Any]], *, descending: bool) -> list[sa.ColumnElement[Any]]:
    return [key.desc() if descending else key.asc() for key in keys]
