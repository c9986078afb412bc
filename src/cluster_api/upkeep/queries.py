"""Everything that was decided, computed again in bulk: the same replay as of one decision, read page by page.

Documents are read, checked against their seals and compiled once for all decisions that are bound to them. Each page
is a transaction of its own: on the embedded database a long one would keep its log from being emptied.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.assessments.errors import MethodologyBroken
from cluster_api.assessments.models import Assessment, AssessmentReport, Evidence
from cluster_api.benchmarks.models import BenchmarkVersion
from cluster_api.benchmarks.rules import digest_of_answers
from cluster_api.clusters.states import Level
from cluster_api.decisions.models import Decision
from cluster_api.decisions.queries import bound_documents
from cluster_api.decisions.rules import Difference, Kept, replayed
from cluster_api.foundation.database import Database
from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet
from cluster_api.methodology.schemas import Terms

PAGE = 500
MOST_LETTERS = 200
DECISION, CASE, FILE = Decision.__table__.c, Assessment.__table__.c, Evidence.__table__.c


@dataclass(frozen=True, slots=True)
class Faulty:
    """A decision that does not come out as it is on record, and every place in which it differs."""

    number: str
    differences: Sequence[Difference]

    @property
    def sentence(self) -> str:
        """Answer the decision, the first place, and how many more there are."""
        first, more = self.differences[0], len(self.differences) - 1
        said = f"on record {str(first.kept)[:MOST_LETTERS]}, computed {str(first.computed)[:MOST_LETTERS]}"
        return f"{self.number}: {first.pointer}: {said}{f', and {more} more place(s)' if more else ''}"


Bound = tuple[Terms, IndicatorSet | EligibilitySet]


class Replay:
    """One pass over all decisions, with the documents that were met on the way."""

    def __init__(self) -> None:
        """Know no document yet."""
        self._bound: dict[bytes, Bound | MethodologyBroken] = {}

    def page(self, session: Session, after: str | None) -> tuple[str | None, int, list[Faulty]]:
        """Compute the decisions after an identifier again: the last of the page, how many, and the faulty ones."""
        rows = session.execute(_page_after(after)).all()
        files = _files_of(session, [row.assessment_id for row in rows])
        answers = _answers_of(session, [row.id for row in rows if row.level is Level.BRONZE])
        found = [
            Faulty(row.number, self._differences(session, row, files[row.assessment_id], answers.get(row.id)))
            for row in rows
        ]
        return (rows[-1].id if rows else None), len(rows), [one for one in found if one.differences]

    def _differences(
        self, session: Session, row: Any, files: Mapping[str, str], benchmark: str | None
    ) -> Sequence[Difference]:
        binding = orjson.loads(row.binding)
        kept = Kept(
            inputs=orjson.loads(row.inputs),
            result=orjson.loads(row.result),
            inputs_digest=row.inputs_digest,
            result_digest=row.result_digest,
            report_digest=row.report_digest,
            passes=row.passes,
            binding=binding,
            report=None if row.document is None else orjson.loads(row.document),
            evidence=files,
            benchmark=benchmark,
        )
        documents = self._documents(session, binding, row.level)
        if isinstance(documents, MethodologyBroken):
            return [Difference("/binding", binding, documents.detail)]
        return replayed(kept, *documents).differences

    def _documents(self, session: Session, binding: Mapping[str, Any], level: Level) -> "Bound | MethodologyBroken":
        key = orjson.dumps([level, binding])
        if key not in self._bound:
            try:
                self._bound[key] = bound_documents(session, binding, level)
            except MethodologyBroken as broken:
                self._bound[key] = broken
        return self._bound[key]


def _page_after(after: str | None) -> sa.Select[Any]:
    # As text: the fast reader of JSON takes it from here, on both databases.
    texts = (
        sa.cast(DECISION.inputs, sa.Text).label("inputs"),
        sa.cast(DECISION.result, sa.Text).label("result"),
        sa.cast(CASE.binding, sa.Text).label("binding"),
        sa.cast(AssessmentReport.__table__.c.document, sa.Text).label("document"),
    )
    plain = ("id", "number", "assessment_id", "inputs_digest", "result_digest", "report_digest", "passes")
    tables = sa.join(Decision.__table__, Assessment.__table__, CASE.id == DECISION.assessment_id).outerjoin(
        AssessmentReport.__table__, AssessmentReport.__table__.c.assessment_id == DECISION.assessment_id
    )
    statement = sa.select(*(DECISION[name] for name in plain), CASE.level, *texts).select_from(tables)
    if after is not None:
        statement = statement.where(DECISION.id > after)
    return statement.order_by(DECISION.id).limit(PAGE)


def _files_of(session: Session, cases: Sequence[str]) -> Mapping[str, dict[str, str]]:
    statement = sa.select(FILE.assessment_id, FILE.id, FILE.sha256).where(FILE.assessment_id.in_(cases))
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for case, file, digest in session.execute(statement):
        found[case][file] = digest
    return found


def _answers_of(session: Session, decisions: Sequence[str]) -> Mapping[str, str]:
    """Answer by decision the digest that the answers of its benchmark have today."""
    kept = {key: inputs.get("benchmark") or {} for key, inputs in _inputs_of(session, decisions)}
    versions = [(one["id"], one["answers_version"]) for one in kept.values() if one]
    columns = (BenchmarkVersion.benchmark_id, BenchmarkVersion.number)
    rows = session.execute(sa.select(*columns, BenchmarkVersion.answers).where(sa.tuple_(*columns).in_(versions)))
    digests = {(benchmark_id, version): digest_of_answers(answers) for benchmark_id, version, answers in rows}
    named = {key: (one["id"], one["answers_version"]) for key, one in kept.items() if one}
    return {key: digests[version] for key, version in named.items() if version in digests}


def _inputs_of(session: Session, decisions: Sequence[str]) -> Sequence[Any]:
    return session.execute(sa.select(Decision.id, Decision.inputs).where(Decision.id.in_(decisions))).all()


def faulty_decisions(database: Database, told: Callable[[int], object]) -> Iterator[Faulty]:
    """Compute every decision on record again, the first made first, and answer those that differ from the record.

    ``told`` is called after each page with how many were computed. Nothing is stored.
    """
    replay, after, done = Replay(), None, 0
    while True:
        with database.session() as session:
            after, count, found = replay.page(session, after)
        yield from found
        done += count
        told(done)
        if count < PAGE:
            return
