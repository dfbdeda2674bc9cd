"""The two groups of staff beside administrators, and what each may do."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

AGENTS, EDITORS = "Support agents", "Content editors"

ROLES = {
    AGENTS: {
        "support": [
            "view_conversation",
            "change_conversation",
            "view_message",
            "view_run",
            "view_action",
            "view_escalationpolicy",
            "view_notificationplan",
        ],
        "knowledge": ["view_article", "view_curatedanswer"],
        "sessions_app": ["view_customer", "view_inbox"],
    },
    EDITORS: {
        "knowledge": [
            *("add_article", "change_article", "view_article", "view_articleversion"),
            *("add_curatedanswer", "change_curatedanswer", "view_curatedanswer"),
            *("add_source", "change_source", "view_source", "change_sourceitem", "view_sourceitem"),
            *("add_importjob", "change_importjob", "view_importjob"),
            "view_reindex",
        ],
    },
}


def ensure(apps: Any = installed, **_: Any) -> None:
    """Make sure of the groups and their permissions; what an administrator has added to a group stays.

    Runs after migrations, when permissions of apps further down the list may not be there yet: they are made now.
    """
    try:
        groups = apps.get_model("auth", "Group").objects
        permissions = apps.get_model("auth", "Permission").objects
    except LookupError:  # migrated back to before there were groups
        return
    for label in sorted({label for role in ROLES.values() for label in role}):
        create_permissions(installed.get_app_config(label), verbosity=0, apps=apps)
    for name, role in ROLES.items():
        group, _created = groups.get_or_create(name=name)
        for label, codenames in role.items():
            group.permissions.add(*permissions.filter(content_type__app_label=label, codename__in=codenames))
