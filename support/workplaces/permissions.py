"""What nobody may who is limited to some inboxes, whatever groups they are in: it is about all inboxes at once.

Accounts, API keys, webhooks, connected systems and the audit trail are not divided by inbox. Whoever may change them can read, or let
others read, what belongs to any of them. So this is a list of what may be had, and what is not in it may not.
"""

from typing import Any

from django.core.exceptions import PermissionDenied

from support.workplaces import reach

# Each is looked at within the inboxes that the member of staff has.
BY_INBOX = {
    *("support.view_conversation", "support.change_conversation", "support.view_message", "support.view_run"),
    *("support.view_action", "support.view_webhookdelivery"),
    *("support.view_escalationpolicy", "support.change_escalationpolicy"),
    *("support.view_notificationplan", "support.change_notificationplan"),
    *("support.export_customer", "support.erase_customer"),
    *("sessions_app.view_customer", "sessions_app.view_inbox", "sessions_app.change_inbox"),
    "agents.view_toolcall",
}
# Has nothing to do with conversations.
ELSEWHERE = {"agents.view_answerevaluation"}
APPS_ELSEWHERE = {"knowledge"}


def may_be_had(permission: str) -> bool:
    """Whether somebody with limits may have a permission, such as `support.view_conversation`."""
    return permission in BY_INBOX | ELSEWHERE or permission.partition(".")[0] in APPS_ELSEWHERE


class Limits:
    """An authentication backend that signs nobody in and gives nothing: it takes away, before others give."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        """Nobody is known here."""

    def has_perm(self, user: Any, permission: str, obj: Any = None) -> bool:
        """PermissionDenied, which ends Django's question, for what the user may not have; otherwise others decide."""
        if not may_be_had(permission) and _is_limited(user):
            raise PermissionDenied
        return False


def _is_limited(user: Any) -> bool:
    # Kept with the user, as Django keeps permissions: once in a request.
    if not hasattr(user, "_is_limited"):
        user._is_limited = reach.is_limited(user)
    limited: bool = user._is_limited
    return limited
