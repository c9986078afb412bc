"""Small markets, and what one would do with them on paper: every pair looked at, offers made and turned down."""

from datetime import date, timedelta

from hypothesis import strategies as st

from cluster_api.matching.queries import weights_on
from cluster_api.matching.rules import Profile, score
from cluster_api.pairings.rules import Entrant, Terms, lots
from cluster_api.rounds.states import ExchangeRole

MONDAY = date(2021, 6, 7)
WEIGHTS = weights_on(MONDAY)
Sides = tuple[list[Entrant], list[Entrant]]
Wishes = dict[str, list[str]]
Paired = set[tuple[str, str]]

days = st.none() | st.integers(0, 8).map(lambda count: MONDAY + timedelta(days=count))


def side(letter: str) -> st.SearchStrategy[list[Entrant]]:
    """Answer entrants that are often alike, so that lots have to decide."""
    profile = st.builds(
        Profile,
        id=st.integers(0, 50).map(lambda number: f"{letter}{number}"),
        organisation_id=st.sampled_from("abcdefgh"),
        country=st.sampled_from(["DE", "FR", "PT"]),
        ecosystems=st.integers(0, 7),
        aims=st.integers(0, 3),
        activities=st.integers(0, 3),
        wanted_countries=st.frozensets(st.sampled_from(["DE", "FR", "PT"]), max_size=2),
        available_from=days,
        available_until=days,
    )
    return st.lists(st.builds(Entrant, profile, st.integers(0, 3)), max_size=7, unique_by=lambda one: one.profile.id)


sides = st.tuples(side("v"), side("h"))
terms = st.builds(Terms, st.sampled_from(["one", "two", "three"]), st.sampled_from([0, 2500, 5000]), st.just(WEIGHTS))


def wishes(market: Sides, under: Terms) -> tuple[Wishes, Wishes]:
    """Answer whom each would have, the best first: by points, then by lot."""
    found: list[Wishes] = []
    visitors, hosts = market
    for mine, theirs, role in ((visitors, hosts, ExchangeRole.HOST), (hosts, visitors, ExchangeRole.VISITOR)):
        drawn = lots(theirs, role, under.seed)
        wanted: Wishes = {}
        for me in mine:
            scored = []
            for lot, other in enumerate(drawn):
                pair = (me, other) if role is ExchangeRole.HOST else (other, me)
                worth = score(pair[0].profile, pair[1].profile, under.weights)
                if worth is not None and worth.points >= under.least_points:
                    scored.append((-worth.points, lot, other.profile.id))
            wanted[me.profile.id] = [one_id for _, _, one_id in sorted(scored)]
        found.append(wanted)
    return found[0], found[1]


def quotas(entrants: list[Entrant]) -> dict[str, int]:
    return {one.profile.id: one.quota for one in entrants}


def deferred_acceptance(asking: Wishes, asked: Wishes, places: dict[str, int]) -> Paired:
    """Answer what the book says: who has a place asks the next; who is asked keeps the best and turns down the rest."""
    left = {one: list(others) for one, others in asking.items()}
    held: dict[str, list[str]] = {one: [] for one in asked}
    while True:
        having = {one: sum(one in others for others in held.values()) for one in asking}
        free = next((one for one in asking if left[one] and having[one] < places[one]), None)
        if free is None:
            return {(one, other) for other, ones in held.items() for one in ones}
        other = left[free].pop(0)
        held[other] = sorted([*held[other], free], key=asked[other].index)[: places[other]]


def blocking(market: Sides, under: Terms, paired: Paired) -> Paired:
    """Answer every two who would both rather be paired, by looking at each two."""
    of_visitors, of_hosts = wishes(market, under)
    places = [quotas(one) for one in market]

    def would(wanted: list[str], mates: list[str], quota: int, other: str) -> bool:
        ranks = [wanted.index(one) for one in mates]
        return quota > 0 and (len(ranks) < quota or wanted.index(other) < max(ranks))

    return {
        (visitor, host)
        for visitor, wanted in of_visitors.items()
        for host in wanted
        if (visitor, host) not in paired
        and would(wanted, [b for a, b in paired if a == visitor and b in wanted], places[0][visitor], host)
        and would(of_hosts[host], [a for a, b in paired if b == host and a in of_hosts[host]], places[1][host], visitor)
    }
