"""Who is talking, and where: inboxes, customers, revoked sessions, API keys."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Now

from config.common.audit.actions import Action
from config.common.audit.trail import record
from config.common.crypto import EncryptedTextField
from knowledge.audience import Audience
from sessions_app import hours


def new_inbox_key() -> str:
    return "ib_" + secrets.token_urlsafe(12)


def new_identity_secret() -> str:
    return secrets.token_urlsafe(32)


class Inbox(models.Model):
    """One place customers write from: a site, a brand."""

    class ReplyLanguage(models.TextChoices):
        CUSTOMER = "customer", "The customer's language"
        INBOX = "inbox", "Always the inbox's language"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(
        max_length=64, unique=True, default=new_inbox_key, help_text="Public; goes into the snippet."
    )
    name = models.CharField(max_length=120, help_text="Customers see this as the name of the assistant.")
    is_active = models.BooleanField(default=True)
    allowed_sites = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Origins that may embed the chat, such as https://www.example.com; comma-separated.",
    )
    identity_secret = EncryptedTextField(default=new_identity_secret, help_text="Signs identity tokens (HS256).")
    identity_keys_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    identity_audience = models.CharField(max_length=255, blank=True, default="", db_default="")
    locale = models.CharField(max_length=16, default="en")
    reply_language = models.CharField(max_length=8, choices=ReplyLanguage, default="customer", db_default="customer")
    accent_color = models.CharField(max_length=7, default="#0f5c4c")
    welcome_text = models.CharField(max_length=500, default="Hello! Ask us anything.", blank=True)
    suggestions = ArrayField(
        models.CharField(max_length=120), default=list, blank=True, help_text="Questions offered in an empty chat."
    )
    timezone = models.CharField(max_length=64, default="UTC", validators=[hours.validate_timezone])
    opening_hours = models.JSONField(
        default=dict,
        blank=True,
        validators=[hours.validate],
    )
    tags = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="Untagged articles serve every inbox; a tagged one only inboxes that share a tag.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "inboxes"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def audience(self, *, identified: bool) -> Audience:
        """Which articles a customer of this inbox may see."""
        return Audience(tags=tuple(self.tags), identified=identified)


class Customer(models.Model):
    """Who writes. Anonymous until a signed identity says otherwise; then (inbox, sub) is the key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="customers")
    sub = models.CharField(max_length=255, null=True, blank=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "sub"], name="customer_inbox_sub")]

    def __str__(self) -> str:
        return self.name or self.email or f"Visitor {str(self.id)[:4].upper()}"

    @property
    def identified(self) -> bool:
        return self.sub is not None


class FormerVisitor(models.Model):
    """An anonymous customer who turned out to be an identified one, when they signed in: one person, two rows."""

    visitor = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="became")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="former_visitors")

    def __str__(self) -> str:
        return f"Visitor {str(self.visitor_id)[:4].upper()}"


class VerifiedAddress(models.Model):
    """The e-mail address that a customer has proven to be theirs; a newer one takes its place.

    `sessions_app.verified` alone writes and reads it: whether it counts depends on more than its being there.
    """

    class How(models.TextChoices):
        CODE = "code", "By a code that was sent there"
        IDENTITY = "identity", "By the company's word (email_verified)"

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="verified")
    address = models.CharField(max_length=254)
    how = models.CharField(max_length=8, choices=How)
    verified_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Verified address of {str(self.customer_id)[:8]}"


class SessionRevocation(models.Model):
    """A session that was ended. Redis may forget; this does not, until the token would be dead anyway."""

    session_id = models.UUIDField(primary_key=True)
    revoked_at = models.DateTimeField(auto_now_add=True, db_index=True)


class ApiKey(models.Model):
    """An integration's credential: only a hash is kept, `prefix` tells keys apart in lists."""

    SCOPES = ["conversations:read", "conversations:write", "knowledge:read", "knowledge:write", "webhooks:write"]
    MOST_DAYS = 3650

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=32, choices=[(scope, scope) for scope in SCOPES]), default=list)
    inboxes = models.ManyToManyField(Inbox, blank=True, help_text="Limits the key to these; none: all inboxes.")
    limited = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Stays limited when the last of its inboxes is gone."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(key: str) -> str:
        """SHA-256 of the key, hex. Keys carry 256 random bits, so a slow hash would add nothing."""
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def working(cls) -> models.QuerySet["ApiKey"]:
        """The keys that open something now, by the database's clock."""
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        return cls.objects.filter(lasting, revoked_at=None)

    @classmethod
    def issue(
        cls, name: str, scopes: list[str], inboxes: Iterable[Inbox] = (), days: int | None = None
    ) -> tuple["ApiKey", str]:
        """Create a key, for some inboxes or for all, for so many days or until it is revoked.

        Returns it with the plain text, which is shown once and kept nowhere.
        """
        prefix = "rw_" + secrets.token_hex(4)
        key = f"{prefix}.{secrets.token_urlsafe(32)}"
        chosen = list(inboxes)
        with transaction.atomic():
            row = cls.objects.create(
                name=name, prefix=prefix, digest=cls.digest_of(key), scopes=scopes, limited=bool(chosen)
            )
            if days is not None:
                cls.objects.filter(pk=row.pk).update(expires_at=Now() + timedelta(days=days))
                row.refresh_from_db()
            row.inboxes.set(chosen)
            record(Action.API_KEY_MADE, "apikey", row.pk, scopes=scopes, inboxes=[str(inbox.pk) for inbox in chosen])
        return row, key
