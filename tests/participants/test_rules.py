"""Of what a participant is a member, and which partnership it is assigned to."""

import pytest

from cluster_api.participants.rules import Office, assigned, belonging_of
from cluster_api.rounds.states import Belonging
from cluster_api.rounds.states import ParticipantKind as K


@pytest.mark.parametrize(
    ("kind", "in_cluster", "in_network", "told"),
    [
        (K.SME, True, True, Belonging.PROFILED_CLUSTER), (K.SME, False, True, Belonging.BUSINESS_NETWORK),
        (K.SME, False, False, Belonging.NONE), (K.SCALEUP_SUPPORT, True, False, Belonging.PROFILED_CLUSTER),
        (K.CLUSTER_ORGANISATION, True, True, Belonging.NONE), (K.BUSINESS_NETWORK, True, True, Belonging.NONE),
    ],
)  # fmt: skip
def test_strongest_membership_counts(kind: K, in_cluster: bool, in_network: bool, told: Belonging) -> None:
    found = belonging_of(kind, is_in_published_cluster=in_cluster, is_in_network=in_network)
    assert found is told


def office(name: str, ecosystems: str = "", countries: str = "", cents: int = 0) -> Office:
    return Office(name, frozenset(ecosystems.split()), frozenset(countries.split()), cents)


@pytest.mark.parametrize(
    ("offices", "told"),
    [
        ([], None),
        ([office("a", "X"), office("b", "X Y")], "b"),
        ([office("a", "X Z", "FR", 9), office("b", "X Y")], "b"),
        ([office("a", "X", "DE", 9), office("b", "X", "FR DE")], "b"),
        ([office("a", "X", "FR", 8), office("b", "X", "FR", 9)], "b"),
        ([office("b", "X", "FR", 9), office("a", "X", "FR", 9)], "a"),
    ],
)
def test_ecosystems_come_before_the_country_and_that_before_the_money(offices: list[Office], told: str | None) -> None:
    assert assigned(["X", "Y"], "FR", offices) == told
    assert assigned(["X", "Y"], "FR", reversed(offices)) == told
