"""What can go wrong with matches."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, NotFound, Problem


class MatchNotFound(NotFound):
    """There is no such match.

    Either it does not exist, or you are on neither side of it.
    """


class MatchNotPossible(Conflict):
    """These two cannot be matched.

    A visitor and a host are two validated participants of one round that is not over, in different countries, of
    different organisations.
    """


class MatchTaken(Conflict):
    """These two are matched already, or one has proposed it to the other."""


class MatchExpired(Conflict):
    """Nobody has answered in time: propose it again."""


class OtherSideAnswers(Conflict):
    """Who has proposed a match does not accept it: the other side does."""


CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_exchange_match_pair": MatchTaken,
    "exchange_match.visitor_id, exchange_match.host_id": MatchTaken,
}
