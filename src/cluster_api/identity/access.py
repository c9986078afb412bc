"""The caller of a request: ``CurrentActor`` is all that routes know about credentials."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cluster_api.foundation.clock import civil_date
from cluster_api.foundation.settings import Settings
from cluster_api.foundation.telemetry import current_trace
from cluster_api.identity.errors import KeyNotAccepted, KeyRequired, PermissionMissing, ReadOnlyService
from cluster_api.identity.permissions import GRANTS, Permission, Role
from cluster_api.journal.schemas import Author


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something at an instant."""

    role: Role
    name: str
    now: datetime
    request_id: str = "0" * 32
    read_only: bool = False

    @property
    def today(self) -> date:
        """Answer the civil day of the request, in Brussels."""
        return civil_date(self.now)

    @property
    def author(self) -> Author:
        """Answer how the journal names this caller."""
        return Author(self.name, self.now, self.request_id)

    @property
    def view(self) -> str:
        """Answer the short name of what this caller sees, part of entity tags."""
        return self.role.value[0]

    def can(self, permission: Permission) -> bool:
        """Answer whether the caller has the permission."""
        return permission in GRANTS[self.role]

    def must(self, permission: Permission) -> None:
        """Raise KeyRequired, ReadOnlyService or PermissionMissing unless the caller has the permission."""
        if self.can(permission):
            return
        if self.role is Role.PUBLIC:
            raise ReadOnlyService if self.read_only else KeyRequired
        raise PermissionMissing(f"This needs the permission {permission.value}.")


_bearer = HTTPBearer(
    auto_error=False, scheme_name="adminKey", description="The administrator's key from the settings of the service."
)


async def current_actor(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor:
    """Answer who is calling; raise KeyNotAccepted on a key that is not ours."""
    settings: Settings = request.app.state.settings
    now, trace = request.app.state.clock.now(), current_trace.get()
    if credentials is None:
        if "authorization" in request.headers:
            raise KeyNotAccepted("Only `Authorization: Bearer …` is understood.")
        return Actor(Role.PUBLIC, "public", now, trace, read_only=settings.admin_key is None)
    if settings.admin_key is None:
        raise ReadOnlyService
    if not hmac.compare_digest(credentials.credentials.encode(), settings.admin_key.get_secret_value().encode()):
        raise KeyNotAccepted
    return Actor(Role.ADMIN, "administrator", now, trace)


CurrentActor = Annotated[Actor, Depends(current_actor)]
