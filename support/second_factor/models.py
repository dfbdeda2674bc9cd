"""The e-mail that is owed to somebody whose second factors have changed. `support.second_factor.telling` alone writes it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class FactorNotice(models.Model):
    """Made with the change, in its transaction, and gone once the mail server has the e-mail.

    One that is given up is kept until an administrator has seen to it, or for `notifications.limits.KEPT_DAYS`.
    """

    class What(models.TextChoices):
        TOTP_ADDED = "totp_added", "An authenticator app was added to your account."
        TOTP_REMOVED = "totp_removed", "The authenticator app was removed from your account."
        WEBAUTHN_ADDED = "webauthn_added", "A security key was added to your account."
        WEBAUTHN_REMOVED = "webauthn_removed", "A security key was removed from your account."
        CODES_RENEWED = "codes_renewed", "Your account has new recovery codes. The old ones do not work any more."
        RESET = "reset", "An administrator has removed all second factors and recovery codes of your account."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=16, choices=What)
    at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now(), help_text="Not before.")
    error = models.CharField(max_length=500, blank=True, db_default="", help_text="Why the last attempt failed.")
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.what} (user {self.user_id})"
