"""The staff console inside Django's admin: the live queue, conversations, and what the AI agent did in them."""

from django.contrib import admin

from support.admin import (
    actions,
    conversations,
    deliveries,
    erasures,
    escalation,
    limited,
    notifications,
    people,
    webhooks,
)

__all__ = [
    "actions",
    "conversations",
    "deliveries",
    "erasures",
    "escalation",
    "limited",
    "notifications",
    "people",
    "webhooks",
]

admin.site.site_header = admin.site.site_title = "Replywell"
admin.site.index_title = "Home"
# The header leads everywhere; the side bar would only take room from lists.
admin.site.enable_nav_sidebar = False
