"""What can go wrong when labels are awarded, suspended, reinstated and withdrawn."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Problem


class AwardNotPossible(Conflict):
    """The label cannot be awarded so.

    Each entry of `errors` names what does not fit: the holder, the level, the days, or the label that is renewed.
    """


class GrantUntold(Conflict):
    """A renewal of this label was granted, and its holder is not told yet.

    Record the notice of the decision first: the renewal is awarded with it, and continues a label that counts.
    """


class AlreadyRenewed(Conflict):
    """The label has been renewed already.

    A label has at most one successor: renew the successor instead.
    """


class ChainBroken(Conflict):
    """The renewal does not continue its predecessor.

    A renewal has the holder and the level of its predecessor and begins on the day after its last one.
    """


class HearingOpen(Conflict):
    """The holder has still time to answer.

    A label is suspended or withdrawn only after its holder was told of it and had the days of the rule set to answer.
    """


class DayOutsideValidity(Conflict):
    """The day lies outside the validity of the label.

    What happens to a label counts from one of the days of its validity; these may be in the past.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_label_previous_label_id": AlreadyRenewed,
    "label.previous_label_id": AlreadyRenewed,
    "label_continues": ChainBroken,
}
