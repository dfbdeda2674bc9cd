"""What allauth asks of us: how secrets are stored, and under which names authenticators show us."""

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from config.common.crypto import box


class Adapter(DefaultMFAAdapter):
    """Secrets of apps and recovery codes are stored encrypted (`rotation` renews them)."""

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return box().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the account is called in the app: the name that is typed to sign in."""
        return user.get_username()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A key belongs to the host that it was added at (WebAuthn §5.1.2: the relying party's id is a domain)."""
        return {"id": context.request.get_host().partition(":")[0], "name": settings.MFA_TOTP_ISSUER}
