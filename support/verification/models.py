"""The code that an action waits for."""

from django.db import models

from config.common.crypto import EncryptedTextField
from sessions_app.models import Customer


class EmailChallenge(models.Model):
    """What it takes to prove an address to a waiting action. Only a keyed hash of the code is kept.

    customer: who has to prove it; a conversation may become another's. address: where the code goes, encrypted; before one is
    sent, where it would go unless the customer says otherwise. fixed: the address is their company's word, and not
    theirs to change. number: counts the codes; an older one is dead. failed: the last one could not be sent.
    """

    action = models.OneToOneField("support.Action", models.CASCADE, primary_key=True, related_name="challenge")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    address = EncryptedTextField(blank=True, default="")
    fixed = models.BooleanField(default=False)
    number = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    failed = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Code {self.number} for action {str(self.action_id)[:8]}"
