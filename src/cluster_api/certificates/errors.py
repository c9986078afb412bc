"""What can go wrong with certificates."""

from cluster_api.foundation.errors import Conflict


class CertificateNotIssued(Conflict):
    """The certificate of this label has not been issued.

    It is issued once everything is done that the rules of the award ask for; whoever runs the scheme tells the holder
    what is left. Whether the label is valid does not depend on it: see `/v1/verifications/{number}`.
    """


class LabelNotShown(Conflict):
    """No certificate or credential is given of a label that is suspended or withdrawn.

    `/v1/verifications/{number}` tells where it stands.
    """
