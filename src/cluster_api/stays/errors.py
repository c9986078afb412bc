"""What can go wrong with reports and evidence."""

from cluster_api.foundation.errors import Conflict, Invalid, NotFound


class ReportMissing(Conflict):
    """The closing report of the visitor, or the evidence, is missing.

    Something is paid only for a validated report and at least one piece of evidence.
    """


class ReportStands(Conflict):
    """This side has reported; the partnership of the visitor can give the report back."""


class ReportNotPossible(Invalid):
    """The report names a day that is none of the stay, or lies in the future."""


class NotCertified(NotFound):
    """There is no certificate of this exchange.

    It is issued when the partnership of the visitor validates the exchange.
    """


class CertificateUnknown(NotFound):
    """No certificate of an exchange has this digest.

    Compare the digest with the one on the certificate; if they are the same, the certificate is not ours.
    """
