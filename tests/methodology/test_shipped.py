"""What comes with the package: complete, sealed, and every value with its certainty and source."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import orjson
import pytest
import yaml

from cluster_api.indicators.schemas import EligibilitySet, IndicatorSet, Questionnaire
from cluster_api.methodology.queries import PACKAGE, Edition, shipped
from cluster_api.methodology.rules import seal
from cluster_api.methodology.states import MethodologyState

EDITIONS = shipped()
BY_CODE = {one.code: one for one in EDITIONS}
each = pytest.mark.parametrize("edition", EDITIONS, ids=[f"{one.code} v{one.version}" for one in EDITIONS])


def test_shipped_are_what_the_programme_needs() -> None:
    assert [(one.code, one.version, one.kind.value, one.state.value) for one in EDITIONS] == [
        ("2010", 1, "rule_set", "published"),
        ("2020", 1, "rule_set", "published"),
        ("2020", 2, "rule_set", "published"),
        ("2020", 3, "rule_set", "published"),
        ("ECCP-2021", 1, "eligibility_set", "published"),
        ("ECEI-2013", 1, "indicator_set", "published"),
        ("ECEI-2026-PROPOSAL", 1, "indicator_set", "in_consultation"),
        ("ELIGIBILITY-2019", 1, "eligibility_set", "published"),
        ("ESCA-BRONZE-2019", 1, "questionnaire", "published"),
        ("ESCA-PRICES", 1, "price_list", "published"),
    ]


# Kept apart from data/seals.csv on purpose: who edits a published document must change two files, and sees why not to.
SEALS = {
    ("2010", 1): "9fb67ca1d5787ee216631f4254c5083d6b2488edfed0cd7fc3ec2268b8ace7ea",
    ("2020", 1): "84f8dcf328b58b07d691d2a594eb2abff8ebc5adcb7cddf4efed860876787715",
    ("2020", 2): "16e0e2a9de385c53a802765a6210244cc4f937059e33ec9260385bdc8a18c58d",
    ("2020", 3): "17bdfbcd888f78451a6e78e0424589a089ad6d26096e3a69701c80238572cf1e",
    ("ECCP-2021", 1): "8d239b6d459d5665130708b312be0ea0d19990ec84972f126ca001cee6fb6eb4",
    ("ECEI-2013", 1): "6976df2487efd4e17f6ca33093167192dcb85a8cdcd46065205dce1a58620324",
    ("ECEI-2026-PROPOSAL", 1): "b8c2a9771d59dac7752f182163b13a5aeaa61081a6c1bb38370fa36d20e26607",
    ("ELIGIBILITY-2019", 1): "f55f7dec2a709d55a314dd1ed755f999ae423d5ce2c8d0ed0d8dfcc89e94aae4",
    ("ESCA-BRONZE-2019", 1): "8118db6f1b7b99033ad9ccbbf9ead115b19fc9f1a8c3a4b08e091372c97f01a7",
    ("ESCA-PRICES", 1): "60792dd28fdaef0e3911a9461512edc0b9ec21bd51689891e640fbc0876b483e",
}


@each
def test_published_document_is_what_was_published(edition: Edition) -> None:
    path = files(PACKAGE).joinpath("data", "published", f"{edition.code}.v{edition.version}.yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    document = orjson.loads(edition.text)
    digest = seal(found["code"], found["version"], found.get("applies_from"), document)
    assert digest == SEALS[edition.code, edition.version], (
        "A published document never changes: a correction is a new version."
    )
    assert edition.digest == (digest if edition.state is MethodologyState.PUBLISHED else None)


def test_versions_of_a_rule_set_differ_in_who_decides_only() -> None:
    rows = [orjson.loads(one.text) for one in shipped(code="2020")]
    bodies = [{level: one["value"] for level, one in row["terms"].pop("decision_body").items()} for row in rows]
    assert rows[0] == rows[1] == rows[2]
    assert bodies[1:] == [
        {"bronze": "ESCA", "silver": "ESCA", "gold": "Cluster Excellence Expert Group"},
        {"bronze": "EUCLES board", "silver": "EUCLES board", "gold": "EUCLES board"},
    ]


def test_seal_changes_with_every_part() -> None:
    sealed = {
        seal("A", 1, None, {"a": 1}),
        seal("B", 1, None, {"a": 1}),
        seal("A", 2, None, {"a": 1}),
        seal("A", 1, date(2027, 1, 1), {"a": 1}),
        seal("A", 1, None, {"a": 2}),
    }
    assert len(sealed) == 5


def test_seal_does_not_depend_on_how_the_document_is_written() -> None:
    assert seal("A", 1, None, {"b": 1.0, "a": [1]}) == seal("A", 1, None, {"a": [1.0], "b": 1})


def test_seal_is_the_digest_of_the_canonical_form() -> None:
    # printf '{"applies_from":null,"code":"A","document":{"a":1},"version":1}' | sha256sum
    assert seal("A", 1, None, {"a": 1}) == "a2085328505307f59e1fea423e29ba9eace6ab440bc02c4db5a8d982ee12675c"


def claims(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "certainty" in value:
            yield value
        for part in value.values():
            yield from claims(part)
    elif isinstance(value, list):
        for part in value:
            yield from claims(part)


@each
def test_every_claim_names_its_source(edition: Edition) -> None:
    found = list(claims(orjson.loads(edition.text)))
    assert found
    assert all(len(claim["source"]) > 5 for claim in found)


SILVER_NO = {"1.2", "2.2.1", "2.2.3", "2.2.4", "2.3", "3.1", "3.2", "4.2", "4.5", "5.1"}


def test_indicators_of_2013_are_31_in_five_dimensions_with_150_points() -> None:
    made: IndicatorSet = BY_CODE["ECEI-2013"].document
    assert Counter(one.dimension for one in made.indicators) == {"1": 4, "2": 10, "3": 2, "4": 12, "5": 3}
    assert (made.max_points, made.threshold) == (150, 120)
    assert [one.code for one in made.indicators if one.is_gate] == ["1.1.0"]
    assert {one.max_points for one in made.indicators if not one.is_gate} == {5}
    assert {one.code for one in made.indicators if one.silver_scope is False} == SILVER_NO
    assert [one.code for one in made.indicators if one.silver_scope is None] == ["5.2", "5.3"]
    assert sum(one.silver_scope is True for one in made.indicators) == 19


def test_revised_set_is_marked_as_a_proposal_of_this_project() -> None:
    made: IndicatorSet = BY_CODE["ECEI-2026-PROPOSAL"].document
    new = [one for one in made.indicators if one.dimension == "6"]
    assert (len(made.indicators), made.max_points, made.certainty.value) == (31, 150, "proposed")
    assert made.summary.startswith("NOT an official set")
    assert [one.name for one in new] == [
        "impact_on_participants", "internationalisation", "smart_specialisation", "digital_transition",
        "green_transition", "social_economy",
    ]  # fmt: skip
    assert {one.certainty.value for one in new} == {"proposed"}


def test_bronze_questionnaire_has_36_indicators_in_six_areas() -> None:
    made: Questionnaire = BY_CODE["ESCA-BRONZE-2019"].document
    assert (len(made.questions), len(made.dimensions)) == (36, 6)
    (stories,) = (one for one in made.questions if one.name == "success_stories")
    assert (stories.measures[0].lowest, stories.measures[0].highest) == (3, 3)


def test_eligibility_has_nine_criteria_of_which_two_can_be_waived() -> None:
    made: EligibilitySet = BY_CODE["ELIGIBILITY-2019"].document
    assert [one.code for one in made.criteria] == [f"E{number}" for number in range(1, 10)]
    assert [one.code for one in made.criteria if one.is_waivable] == ["E3", "E4"]
