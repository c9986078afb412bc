"""The roles of the scheme, what one may be in an organisation, and the kinds of credentials."""

from enum import StrEnum


class Role(StrEnum):
    """Who takes part in the scheme. A role belongs to an organisation or to a person."""

    PUBLIC = "public"
    """Anybody, without credentials."""
    PLATFORM = "platform"
    """A machine such as the collaboration platform: reads what is public, writes the profiles it owns."""
    CLUSTER = "cluster"
    """A cluster organisation: its own cluster only."""
    PARTNERSHIP = "partnership"
    """A partnership of clusters: its own partnership, participants and budget."""
    PARTICIPANT = "participant"
    """A participant of an exchange: its own exchange."""
    ASSESSOR = "assessor"
    """An expert of the scheme: the assessments assigned, and nothing of the others."""
    SECRETARIAT = "secretariat"
    """The operator of the scheme: runs the process, never decides."""
    BOARD = "board"
    """The board: decides, never assesses."""
    COMMISSION = "commission"
    """The European Commission: all figures and reports, no drafts, no persons."""
    AUDITOR = "auditor"
    """Reads all, writes nothing."""
    ADMIN = "admin"
    """Clients, keys and rule sets."""


class MemberStanding(StrEnum):
    """What somebody is in an organisation."""

    OWNER = "owner"
    """Reads, writes, and says who else may."""
    EDITOR = "editor"
    """Reads and writes."""
    READER = "reader"
    """Reads."""


Standing = MemberStanding
"""The short name within the code; the document knows another standing, that of a label, and must tell them apart."""


class CredentialKind(StrEnum):
    """How a machine client proves itself."""

    API_KEY = "api_key"
    """Sent with every request."""
    SECRET = "client_secret"  # noqa: S105 - the name of a kind of credential
    """Exchanged for a token at the token endpoint (RFC 6749, 2.3.1)."""
    PUBLIC_KEY = "public_key"
    """Checks assertions at the token endpoint (``private_key_jwt``, RFC 7523)."""
