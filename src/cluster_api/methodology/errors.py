"""What can go wrong with methodologies."""

from collections.abc import Mapping

from cluster_api.foundation.errors import Conflict, Invalid, NotFound, Problem


class RuleSetNotFound(NotFound):
    """There is no such rule set.

    `/v1/methodologies` lists every rule set with the days on which it applies.
    """


class MethodologyNotFound(NotFound):
    """There is no such methodology.

    Either no methodology has this code, or no version of it this number, or it is a draft.
    """


class FormNotFound(NotFound):
    """This methodology has no form.

    Indicator sets, questionnaires and eligibility sets are filled in; rule sets and price lists are only read.
    """


class PriceNotFound(NotFound):
    """No price list applies on that day.

    `/v1/methodologies?kind=price_list` lists the price lists with the days from which they apply.
    """


class MethodologySealed(Conflict):
    """A methodology that is not a draft cannot be changed.

    Once published it is sealed for ever: a correction is a new version, created with the same code. One in consultation
    can be taken back to a draft (`revise`).
    """


class VersionOpen(Conflict):
    """Another version of this methodology is not finished.

    One version of a code is made at a time: publish the open one first, or change it instead.
    """


class MethodologyNotPossible(Conflict):
    """The methodology cannot be so.

    Each entry of `errors` names the place: a kind other than that of the versions before, or a day that does not fit.
    """


class SheetInvalid(Invalid):
    """The form is not filled in as its methodology demands.

    Each entry of `errors` names a field that is missing, unknown, out of range, or contradicts another.
    """


class DocumentInvalid(Invalid):
    """The document is not a methodology.

    Each entry of `errors` names a part that is missing, unknown or contradicts another.
    """


# SQLite names the columns of a broken constraint, PostgreSQL its name; triggers speak for themselves.
CONSTRAINTS: Mapping[str, type[Problem]] = {
    "uq_methodology_code_version": VersionOpen,
    "methodology.code, methodology.version": VersionOpen,
    "methodology_sealed": MethodologySealed,
}
