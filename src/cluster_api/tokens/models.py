"""Keys with which this service signs, and what must be remembered of tokens until they expire."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Key, Reference


class SigningKey(Base):
    """A key of this service. Its public part stays for ever, because checkpoints of the journal are signed with it.

    The private part is sealed under the secret of the settings, and destroyed when the key signs no more.
    """

    __tablename__ = "signing_key"

    kid: Mapped[Key]
    public: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    signs_until: Mapped[datetime]


class RevokedToken(Base):
    """An access token that was revoked before it expired."""

    __tablename__ = "revoked_token"

    jti: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    client_id: Mapped[Reference]
    revoked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UsedAssertion(Base):
    """A client assertion that was accepted: it is accepted once."""

    __tablename__ = "used_assertion"

    client_id: Mapped[Reference] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
