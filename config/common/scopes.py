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


def allow(*, customer: bool = False, scope: str | None = None, write_scope: str | None = None) -> type[BasePermission]:
    """A permission for customers (`customer`), and for API keys with `scope` (`write_scope` for unsafe methods)."""

    class Allowed(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            if request.auth is None:
                return False
            scopes = getattr(request.auth, "scopes", None)
            if scopes is None:
                return customer
            needed = scope if request.method in {"GET", "HEAD", "OPTIONS"} or not write_scope else write_scope
            return needed is not None and needed in scopes

    return Allowed
