"""What one can ask of the record on behalf of many rows at once: each question is one statement for a whole batch."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cluster_api.clusters import rules as clusters
from cluster_api.clusters.models import Cluster, ClusterIdentifier, ClusterLikeness, ClusterVersion
from cluster_api.clusters.queries import MOST_CANDIDATES, MOST_COMPARED
from cluster_api.files.rules import Find
from cluster_api.intake.rules import TOLD, HeldLabel, Number
from cluster_api.labels.models import Label
from cluster_api.vocabularies.queries import find_code, find_country

AT_ONCE = 1_000
FINDS_KEPT = 4_096
Name = tuple[str, str]


@cache
def finders() -> Mapping[str, Find]:
    """Answer, for each field that holds codes, the function from what people write to the code."""
    vocabularies = {
        "portfolio": "comparative-portfolios",
        "region": "regions",
        "legal_form": "legal-forms",
        "ecosystems": "industrial-ecosystems",
        "emerging_industries": "emerging-industries",
        "activities": "economic-activities",
    }
    found: dict[str, Find] = {"country": find_country}
    found |= {name: partial(find_code, of) for name, of in vocabularies.items()}
    # A column of codes says the same few things again and again.
    return {name: lru_cache(maxsize=FINDS_KEPT)(find) for name, find in found.items()}


@dataclass(slots=True)
class Known:
    """What is on record of the organisations that a batch speaks of; what the batch creates is added as it goes."""

    by_number: dict[Number, str] = field(default_factory=dict)
    by_name: dict[Name, list[str]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, set[Number]] = field(default_factory=lambda: defaultdict(set))

    def add(self, cluster_id: str, name: Name, numbers: Iterable[Number]) -> None:
        """Know an organisation from now on."""
        if cluster_id not in self.by_name[name]:
            self.by_name[name].append(cluster_id)
        self.numbers[cluster_id] |= set(numbers)
        self.by_number.update(dict.fromkeys(numbers, cluster_id))

    def rename(self, cluster_id: str, name: Name, numbers: Iterable[Number]) -> None:
        """Know an organisation by this name alone from now on, and by these numbers too."""
        for known, several in self.by_name.items():
            if known != name and cluster_id in several:
                several.remove(cluster_id)
        self.add(cluster_id, name, numbers)


def known_among(session: Session, numbers: Iterable[Number], names: Iterable[Name]) -> Known:
    """Answer the clusters that have one of these numbers, or one of these pairs of country and folded legal name."""
    known = Known()
    number = (ClusterIdentifier.registry_code, ClusterIdentifier.value)
    values: dict[str, list[str]] = defaultdict(list)
    for registry, value in set(numbers):
        values[registry].append(value)
    # One registry a statement: both databases look up a list of values in the index, but not a list of pairs.
    for registry, wanted in values.items():
        statement = sa.select(*number, ClusterIdentifier.cluster_id).where(number[0] == registry)
        for some in _parts(wanted):
            known.by_number |= {
                (row[0], row[1]): row[2] for row in session.execute(statement.where(number[1].in_(some)))
            }
    folded: dict[str, list[str]] = defaultdict(list)
    for country, name in set(names):
        folded[country].append(name)
    for country, wanted in folded.items():
        named = sa.select(Cluster.sort_name, Cluster.id).where(Cluster.country == country)
        for some in _parts(wanted):
            for name, cluster_id in session.execute(named.where(Cluster.sort_name.in_(some)).order_by(Cluster.id)):
                known.by_name[country, name].append(cluster_id)
    found = {*known.by_number.values(), *(one for several in known.by_name.values() for one in several)}
    for some in _parts(sorted(found)):
        held = sa.select(ClusterIdentifier.cluster_id, *number).where(ClusterIdentifier.cluster_id.in_(some))
        for cluster_id, registry, value in session.execute(held):
            known.numbers[cluster_id].add((registry, value))
    return known


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def clusters_of(session: Session, ids: Iterable[str]) -> dict[str, Cluster]:
    """Answer these clusters by identifier."""
    found: dict[str, Cluster] = {}
    for some in _parts(sorted(set(ids))):
        found |= {one.id: one for one in session.scalars(sa.select(Cluster).where(Cluster.id.in_(some)))}
    return found


def facts_of(cluster: Cluster, numbers: Iterable[Number]) -> dict[str, Any]:
    """Answer the recorded facts of a cluster as plain values."""
    facts = {name: clusters.recorded_value(getattr(cluster, name)) for name in clusters.EMPTY if name != "identifiers"}
    return facts | {"identifiers": [{"registry": one, "value": other} for one, other in sorted(numbers)]}


@dataclass(slots=True)
class Lookalikes:
    """Recorded organisations that might be meant by others: by the keys of likeness that they share."""

    keys: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parties: dict[str, clusters.Party] = field(default_factory=dict)

    def add(self, cluster_id: str, party: clusters.Party, keys: Iterable[str]) -> None:
        """Compare with this organisation, which has these keys, too, from now on."""
        self.parties[cluster_id] = party
        for key in keys:
            if cluster_id not in self.keys[key]:
                self.keys[key].append(cluster_id)

    def join(self, others: "Lookalikes") -> None:
        """Compare with these organisations, too, from now on."""
        for key, several in others.keys.items():
            self.keys[key] = list(dict.fromkeys([*self.keys[key], *several]))
        self.parties |= others.parties

    def of(self, party: clusters.Party, keys: Iterable[str]) -> list[tuple[float, str, str]]:
        """Answer score, name and identifier of those that look like this one, the likeliest first."""
        limits = clusters.likeness_limits()
        shared = Counter(other for key in keys for other in self.keys.get(key, ()))
        most = sorted(shared, key=lambda other: (-shared[other], other))[:MOST_COMPARED]
        scores = ((clusters.likeness(party, self.parties[other], limits).score, other) for other in most)
        found = [
            (score, self.parties[other].names[0], other) for score, other in scores if score >= limits.candidate_from
        ]
        return sorted(found, key=lambda one: (-one[0], one[2]))[:MOST_CANDIDATES]


def lookalikes_of(session: Session, keys: Iterable[str]) -> Lookalikes:
    """Answer the recorded organisations that have one of these keys of likeness."""
    wanted = sorted(set(keys))
    found = Lookalikes()
    pairs = sa.select(ClusterLikeness.key, ClusterLikeness.cluster_id)
    for some in _parts(wanted):
        for key, cluster_id in session.execute(pairs.where(ClusterLikeness.key.in_(some))):
            found.keys[key].append(cluster_id)
    columns = (Cluster.id, Cluster.legal_name, Cluster.search_text, Cluster.country, Cluster.website)
    ids = sorted({one for several in found.keys.values() for one in several})
    for some in _parts(ids):
        for row in session.execute(sa.select(*columns).where(Cluster.id.in_(some))):
            names = (row.legal_name, *clusters.names_in(row.search_text))
            found.parties[row.id] = clusters.Party(names, row.country, row.website)
    return found


LABEL = Label.__table__.c


@dataclass(slots=True)
class KnownLabels:
    """What is on record of the labels that a batch speaks of; what the batch creates is added as it goes."""

    by_holder: dict[str, list[HeldLabel]] = field(default_factory=lambda: defaultdict(list))
    by_external: dict[Number, HeldLabel] = field(default_factory=dict)
    by_number: dict[str, HeldLabel] = field(default_factory=dict)

    def add(self, label: HeldLabel) -> None:
        """Know a label from now on, in place of what was known of it."""
        beside = [other for other in self.by_holder[label.cluster_id] if other.id != label.id]
        self.by_holder[label.cluster_id] = [*beside, label]
        self.by_number[label.number] = label
        if label.external is not None:
            self.by_external[label.external] = label


def known_labels(session: Session, holders: Iterable[str], externals: Iterable[str]) -> KnownLabels:
    """Answer every label of these holders, and those that have one of these numbers, ours or somebody else's."""
    known = KnownLabels()
    questions = [LABEL.cluster_id.in_(some) for some in _parts(sorted(set(holders)))]
    for some in _parts(sorted(set(externals))):
        questions += [LABEL.external_id.in_(some), LABEL.number.in_(some)]
    columns = (
        LABEL.id, LABEL.number, LABEL.cluster_id, LABEL.level, LABEL.kind, LABEL.valid_from, LABEL.valid_until,
        LABEL.previous_label_id, LABEL.withdrawn_on, LABEL.registry_code, LABEL.external_id, LABEL.portfolio,
        LABEL.assessed_on, LABEL.awarded_on, LABEL.source,
    )  # fmt: skip
    for question in questions:
        for row in session.execute(sa.select(*columns).where(question).order_by(LABEL.valid_from, LABEL.number)):
            known.add(_held(row))
    return known


def _held(row: Any) -> HeldLabel:
    return HeldLabel(
        id=row.id,
        number=row.number,
        cluster_id=row.cluster_id,
        level=row.level,
        kind=row.kind,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        previous_label_id=row.previous_label_id,
        is_withdrawn=row.withdrawn_on is not None,
        external=None if row.external_id is None else (row.registry_code, row.external_id),
        told={name: getattr(row, name) for name in TOLD},
    )


def edits_of(session: Session, cluster_id: str) -> list[tuple[str, list[str]]]:
    """Answer the changes of a cluster after its first record: each with its event and the facts that it changed."""
    V = ClusterVersion  # noqa: N806 - one word for the table
    statement = sa.select(V.event, V.changes).where(V.cluster_id == cluster_id, V.version > 1).order_by(V.version)
    return [(event, list(changes)) for event, changes in session.execute(statement)]
