"""The organisations of the register: the real ones as published, the invented ones plausible and marked."""

import re
import unicodedata
from statistics import median
from uuid import UUID

import pytest

from cluster_api.demonstration.queries import material
from cluster_api.demonstration.rules import demonstration
from cluster_api.demonstration.schemas import ClusterRecord, Register
from cluster_api.vocabularies.queries import codes, entries, find_region


@pytest.fixture(scope="session")
def invented(register: Register) -> list[ClusterRecord]:
    return [cluster for cluster in register.clusters if cluster.is_synthetic]


@pytest.fixture(scope="session")
def real(register: Register) -> dict[str, ClusterRecord]:
    return {cluster.legal_name: cluster for cluster in register.clusters if not cluster.is_synthetic}


def test_real_organisations_stand_under_their_names(real: dict[str, ClusterRecord]) -> None:
    assert list(real) == [organisation.legal_name for organisation in material().published]
    assert len(real) == 124
    known = {"GCE NODE", "Silicon Saxony", "FEMAC", "Aerospace Valley", "Qoot Cluster", "BalticNet-PlasmaTec e.V."}
    assert known - set(real) == set()


def test_real_organisations_have_the_published_labels_and_no_other(
    register: Register, real: dict[str, ClusterRecord]
) -> None:
    published = {
        (real[organisation.legal_name].id, label.level, label.assessed_on)
        for organisation in material().published
        for label in organisation.labels
    }
    found = [label for label in register.labels if not label.is_synthetic]
    assert {(label.cluster_id, label.level, label.assessed_on) for label in found} == published
    assert len(found) == 47
    assert all(label.source and label.source.startswith("http") for label in found)


def test_labels_are_marked_as_their_holders_are(register: Register) -> None:
    holders = {cluster.id: cluster for cluster in register.clusters}
    for label in register.labels:
        holder = holders[label.cluster_id]
        assert (label.is_synthetic, label.country) == (holder.is_synthetic, holder.country)
        assert label.portfolio == holder.portfolio
        assert holder.created_at <= label.recorded_at


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        # Three years between two awards are more than the older rules let a gold label wait for its renewal.
        ("GCE NODE", ["2012-06-01 first", "2014-06-02 renewal", "2018-05-01 first"]),
        ("GCE Ocean Technology", ["2013-06-01 first", "2015-06-02 renewal", "2019-09-01 first"]),
        ("Cluster Habitat Sustentável", ["2013-06-01 first", "2015-05-01 first", "2017-05-02 renewal"]),
        ("Qoot Cluster", ["2019-07-25 first"]),
        ("Packaging Cluster", ["2020-09-01 first"]),
        ("Energy Cluster of Catalonia", []),
        ("Medvia", []),
    ],
)
def test_real_labels_follow_the_rules_of_their_time(
    name: str, labels: list[str], register: Register, real: dict[str, ClusterRecord]
) -> None:
    found = [label for label in register.labels if label.cluster_id == real[name].id]
    assert [f"{label.valid_from} {label.kind}" for label in found] == labels


def test_every_named_partner_of_a_partnership_is_there() -> None:
    named = {
        entry.code: entry.attributes["country"]
        for entry in entries("partners")
        if entry.attributes["is_placeholder"] == "no"
    }
    found = {code: cluster.country for cluster in material().published for code in cluster.partner_codes}
    assert found == named


def test_nothing_is_invented_about_real_organisations(real: dict[str, ClusterRecord]) -> None:
    for cluster in real.values():
        assert (cluster.members, cluster.participants, cluster.staff_fte) == ({}, 0, None)
        assert (cluster.founded_year, cluster.english_page, cluster.ecosystems) == (None, None, ())
        assert cluster.waiver


def test_places_are_in_their_regions(register: Register) -> None:
    for cluster in register.clusters:
        region = find_region(cluster.region) if cluster.region else None
        assert region is None if cluster.region is None else (region is not None and region.country == cluster.country)
    without = {cluster.country for cluster in register.clusters if cluster.is_synthetic and cluster.region is None}
    assert without & {entry.parent for entry in entries("regions")} == set()


def test_codes_are_those_of_the_vocabularies(register: Register) -> None:
    used: dict[str, set[str]] = {
        "countries": {cluster.country for cluster in register.clusters},
        "comparative-portfolios": {cluster.portfolio for cluster in register.clusters if cluster.portfolio},
        "industrial-ecosystems": {code for cluster in register.clusters for code in cluster.ecosystems},
        "emerging-industries": {code for cluster in register.clusters for code in cluster.emerging_industries},
        "economic-activities": {code for cluster in register.clusters for code in cluster.activities},
        "member-kinds": {kind for cluster in register.clusters for kind in cluster.members},
        "legal-forms": {cluster.legal_form for cluster in register.clusters if cluster.legal_form},
    }
    assert {name: found - codes(name) for name, found in used.items()} == {name: set() for name in used}
    assert used["comparative-portfolios"] == codes("comparative-portfolios")
    assert used["member-kinds"] == codes("member-kinds")


def test_invented_organisations_meet_the_criteria_of_the_platform(invented: list[ClusterRecord]) -> None:
    research = {"university", "rd_institution", "training_provider"}
    for cluster in invented:
        committed = sum(cluster.members.values())
        assert 15 <= committed <= min(400, cluster.participants)
        assert min(cluster.members.values()) > 0
        assert set(cluster.members) & research
        assert cluster.staff_fte is not None
        assert 0.5 <= cluster.staff_fte <= 25
        assert cluster.english_page == f"{cluster.website}/en"


def test_invented_organisations_have_the_proposed_medians(invented: list[ClusterRecord]) -> None:
    committed = [sum(cluster.members.values()) for cluster in invented]
    assert 57 <= median(committed) <= 63
    assert 3.8 <= median(float(cluster.staff_fte or 0) for cluster in invented) <= 4.2
    assert median(2020 - (cluster.founded_year or 0) for cluster in invented) == 9
    shares = [cluster.members["sme"] / total for cluster, total in zip(invented, committed, strict=True)]
    assert 0.59 <= median(shares) <= 0.66


def test_invented_organisations_are_older_than_their_first_label(
    register: Register, invented: list[ClusterRecord]
) -> None:
    first = {label.cluster_id: label.assessed_on.year for label in reversed(register.labels)}
    assert all((cluster.founded_year or 9999) < first[cluster.id] for cluster in invented)


def test_invented_addresses_lead_nowhere_and_are_told_apart(threefold: list[Register]) -> None:
    invented = [cluster for part in threefold for cluster in part.clusters if cluster.is_synthetic]
    websites = [cluster.website or "" for cluster in invented]
    assert all(re.fullmatch(r"https://[a-z0-9]+(-[a-z0-9]+)*\.example", website) for website in websites)
    assert len(set(websites)) == len(websites)
    assert len({cluster.legal_name for cluster in invented}) == len(invented)


def test_names_are_written_in_many_languages_and_three_scripts(invented: list[ClusterRecord]) -> None:
    letters = {letter for cluster in invented for letter in cluster.legal_name if letter.isalpha()}
    assert {unicodedata.name(letter).split()[0] for letter in letters} == {"LATIN", "CYRILLIC", "GREEK"}
    for cluster in invented:
        english = cluster.names.get("en", cluster.legal_name)
        assert all(unicodedata.name(letter).startswith("LATIN") for letter in english if letter.isalpha())


def test_later_parts_number_their_cities(threefold: list[Register]) -> None:
    first, second, third = (
        {cluster.city or "" for cluster in part.clusters if cluster.is_synthetic} for part in threefold
    )
    assert not any(city[-1].isdigit() for city in first)
    assert all(city.endswith(" 2") for city in second)
    assert all(city.endswith(" 3") for city in third)


def test_identifiers_carry_the_instant_of_the_record(register: Register) -> None:
    for record in register.clusters:
        identifier = UUID(record.id)
        assert identifier.version == 7
        assert identifier.int >> 80 == record.created_at.timestamp() * 1000


def test_later_copies_number_their_cities_and_the_first_does_not() -> None:
    for copy, part in enumerate(demonstration(material(), 2), 1):
        told = [(one.city, one.short_name, one.website) for one in part.clusters if one.is_synthetic]
        if copy == 1:
            assert not any(str(text).removesuffix(".example")[-1].isdigit() for texts in told for text in texts)
        else:
            ends = (f" {copy}", f" {copy}", f"-{copy}.example")
            assert all(str(text).endswith(end) for texts in told for text, end in zip(texts, ends, strict=True))
