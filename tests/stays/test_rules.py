"""What the certificate of an exchange states, to the letter."""

from datetime import date

from cluster_api.foundation.canonical import digest
from cluster_api.rounds.states import ExchangeMode
from cluster_api.stays.rules import Done, Side, statement_of

DONE = Done("EX-1", "pilot", ExchangeMode.PHYSICAL, date(2021, 3, 1), date(2021, 3, 5), date(2021, 3, 20))
VISITOR, HOST = Side("Tide SME", "FR", "TIDES-1"), Side("Fab lab", "PT", "TIDES-2")


def test_certificate_states_the_exchange_and_both_sides_and_nobody_else() -> None:
    assert statement_of(DONE, VISITOR, HOST, 5) == {
        "number": "EX-1", "scheme": "ClusterXchange", "round": "pilot", "mode": "physical",
        "visitor": {"name": "Tide SME", "country": "FR", "partnership": "TIDES-1"},
        "host": {"name": "Fab lab", "country": "PT", "partnership": "TIDES-2"},
        "begins_on": "2021-03-01", "done_until": "2021-03-05", "working_days": 5, "validated_on": "2021-03-20",
    }  # fmt: skip


def test_sides_that_change_places_are_another_certificate() -> None:
    assert digest(statement_of(DONE, VISITOR, HOST, 5)) != digest(statement_of(DONE, HOST, VISITOR, 5))
