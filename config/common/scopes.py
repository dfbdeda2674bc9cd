"""Who may call a route: permissions that look at `request.auth` alone, so that no app needs to know another's models."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Denied(BasePermission):
    """The default: a view that forgot to say who may call it lets nobody in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class Anyone(BasePermission):
    """Open to everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return True


class Allowed(BasePermission):
    """Lets customers in, or API keys with a scope; `allow` makes one. The OpenAPI document asks it the same questions."""

    customers: bool
    scope: str | None
    write_scope: str | None

    def needed(self, method: str | None) -> str | None:
        """The scope that an API key needs for this method; None: no key gets in."""
        return self.scope if method in {"GET", "HEAD", "OPTIONS"} or not self.write_scope else self.write_scope

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        scopes = getattr(request.auth, "scopes", None)
        if scopes is None:
            return self.customers
        needed = self.needed(request.method)
        return needed is not None and needed in scopes


def allow(*, customer: bool = False, scope: str | None = None, write_scope: str | None = None) -> type[Allowed]:
    """A permission for customers (`customer`), and for API keys with `scope` (`write_scope` for unsafe methods)."""
    return type("Allowed", (Allowed,), {"customers": customer, "scope": scope, "write_scope": write_scope})
