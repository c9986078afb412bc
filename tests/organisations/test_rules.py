"""Nobody gives more than what they have."""

import pytest

from cluster_api.identity.access import mandates_of
from cluster_api.identity.permissions import Permission, allowed
from cluster_api.identity.schemas import Caller, Held
from cluster_api.identity.states import Role, Standing
from cluster_api.organisations import rules

EDITOR, OWNER, READER = Standing.EDITOR, Standing.OWNER, Standing.READER


def caller(*held: tuple[Role, Standing], scopes: frozenset[str] = frozenset()) -> Caller:
    places = tuple(Held(str(at), frozenset({role}), standing) for at, (role, standing) in enumerate(held))
    return Caller(name="person:1", held=places, scopes=scopes)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (caller((Role.ADMIN, OWNER)), True),
        (caller((Role.ADMIN, EDITOR)), True),
        (caller((Role.ADMIN, READER)), False),
        (caller((Role.SECRETARIAT, OWNER)), False),
        (caller((Role.SECRETARIAT, OWNER), (Role.ADMIN, READER)), False),
        (caller((Role.ADMIN, OWNER), scopes=frozenset({"organisations:read"})), False),
        (caller((Role.AUDITOR, OWNER)), False),
    ],
)
def test_administrator_is_who_writes_by_that_role(who: Caller, expected: bool) -> None:
    assert rules.is_administrator(who, mandates_of(who)) is expected


def test_service_itself_is_an_administrator_and_the_public_is_not() -> None:
    assert rules.is_administrator(Caller(name="tick"), {"": frozenset(Permission)})
    assert not rules.is_administrator(Caller(), {})


@pytest.mark.parametrize("given", Standing)
@pytest.mark.parametrize("holding", Standing)
def test_standing_gives_no_more_than_itself(given: Standing, holding: Standing) -> None:
    ranks = [READER, EDITOR, OWNER]
    held = allowed({Role.CLUSTER}, holding, ())
    assert rules.gives_no_more(["cluster"], given, held) is (ranks.index(given) <= ranks.index(holding))


def test_narrowed_key_gives_nothing_beyond_its_scopes() -> None:
    held = allowed({Role.CLUSTER}, OWNER, ["organisations:manage"])
    assert not rules.gives_no_more(["cluster"], READER, held)


def test_guarded_are_the_roles_that_reach_over_everybody() -> None:
    assert {role for role in Role if rules.is_guarded([role.value])} == {Role.ADMIN, Role.AUDITOR}


def test_standing_is_more_than_those_below_it_and_not_than_itself() -> None:
    assert [[rules.is_more(one, other) for other in (READER, EDITOR, OWNER)] for one in (READER, EDITOR, OWNER)] == [
        [False, False, False], [True, False, False], [True, True, False],
    ]  # fmt: skip


def test_role_without_a_mandate_makes_no_administrator() -> None:
    held = (Held("elsewhere", frozenset({Role.ADMIN}), OWNER),)
    assert rules.is_administrator(Caller(name="somebody", held=held), {}) is False
