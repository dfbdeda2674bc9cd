"""What limits a member of staff. `support.workplaces.choosing` is the only writer."""

from django.conf import settings
from django.db import models

from sessions_app.models import Inbox


class Workplace(models.Model):
    """The inboxes that a member of staff is limited to. Who has no such row works in every inbox.

    The row stays when the last of its inboxes is deleted: they work in none then, not in every one.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="workplace"
    )
    inboxes = models.ManyToManyField(Inbox, blank=True, related_name="workplaces")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Workplace of user {self.pk}"
