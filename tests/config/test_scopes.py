"""Who may call a route."""

from types import SimpleNamespace

import pytest

from config.common.scopes import Anyone, Denied, allow

CUSTOMER = SimpleNamespace()
READER = SimpleNamespace(scopes=frozenset({"knowledge:read"}))
WRITER = SimpleNamespace(scopes=frozenset({"knowledge:write"}))


def may(permission, auth, method: str = "GET") -> bool:
    return permission().has_permission(SimpleNamespace(auth=auth, method=method), None)


BOTH = allow(scope="knowledge:read", write_scope="knowledge:write")


@pytest.mark.parametrize(
    ("permission", "auth", "method", "allowed"),
    [
        (BOTH, None, "GET", False),
        (BOTH, CUSTOMER, "GET", False),
        (BOTH, READER, "GET", True),
        (BOTH, READER, "POST", False),
        (BOTH, READER, "DELETE", False),
        (BOTH, WRITER, "GET", False),
        (BOTH, WRITER, "PATCH", True),
        (allow(scope="knowledge:read"), READER, "POST", True),
        (allow(customer=True), CUSTOMER, "POST", True),
        (allow(customer=True), WRITER, "GET", False),
        (allow(customer=True), None, "GET", False),
        (allow(), READER, "GET", False),
        (Denied, READER, "GET", False),
        (Anyone, None, "POST", True),
    ],
)
def test_permissions(permission, auth, method, allowed):
    """Red when `allow` forgets write_scope, or takes no credentials for a customer."""
    assert may(permission, auth, method) is allowed


def test_a_view_that_says_nothing_lets_nobody_in(settings):
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["config.common.scopes.Denied"]
