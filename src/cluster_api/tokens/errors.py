"""Why a credential is not accepted: one type of problem for each reason, so that a caller knows what to mend."""

from cluster_api.foundation.errors import Unauthenticated, Unavailable


class SigningKeyMissing(Unavailable):
    """This service has no key yet to sign with.

    The operator has to run `cluster-api tick`, which makes one. What would be signed can be had unsigned as JSON.
    """


class CredentialsNotAccepted(Unauthenticated):
    """The credentials are not accepted.

    Check that the whole key or token was sent, as `Authorization: Bearer …`, and that it belongs to this service.
    Reading public data needs none.
    """

    challenge_error = "invalid_token"


class CredentialExpired(CredentialsNotAccepted):
    """The key has expired or was revoked.

    Ask whoever manages the machine client of your organisation for a new key.
    """


class TokenUnreadable(CredentialsNotAccepted):
    """The token cannot be read.

    It is neither a key of this service nor a signed JSON Web Token, or it is longer than 8,192 characters.
    """


class TokenExpired(CredentialsNotAccepted):
    """The token has expired.

    Get a new one from the token endpoint or from your identity provider.
    """


class TokenNotYetValid(CredentialsNotAccepted):
    """The token is not valid yet.

    Its `nbf` or `iat` lies in the future by more than a minute: check the clock of whoever issued it.
    """


class TokenRevoked(CredentialsNotAccepted):
    """The token was revoked.

    Get a new one from the token endpoint.
    """


class TokenForOthers(CredentialsNotAccepted):
    """The token is meant for another service.

    Its `aud` does not name this service. Ask the issuer for a token with this service as audience.
    """


class TokenIncomplete(CredentialsNotAccepted):
    """The token lacks a claim or has one of the wrong kind.

    Tokens of this service follow RFC 9068; tokens of people must name `iss`, `aud`, `exp` and the subject.
    """


class AlgorithmNotAccepted(CredentialsNotAccepted):
    """The token is signed with an algorithm that is not accepted.

    Unsigned tokens (`none`) and symmetric signatures are never accepted.
    """


class SignatureWrong(CredentialsNotAccepted):
    """The signature of the token does not fit.

    It was changed on its way, or signed with a key that is not (or no longer) its issuer's.
    """


class IssuerUnknown(CredentialsNotAccepted):
    """The issuer of the token is not accepted here.

    Accepted are this service itself and the identity providers named in its settings.
    """


class AssertionReplayed(CredentialsNotAccepted):
    """The assertion was used before.

    Each client assertion (RFC 7523) has a `jti` of its own and is accepted once.
    """


class IssuerUnavailable(Unavailable):
    """The identity provider cannot be reached.

    Its keys are not known yet, so that its tokens cannot be checked. Repeat after the seconds in `Retry-After`.
    """
