"""The pages on which an authenticator app or a security key is added, and a key gets another name."""

import base64
import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from config.common.crypto import InvalidToken
from config.common.errors import DomainError, Invalid
from support.second_factor import changes, keys
from support.second_factor.pages import Page, to_overview

Type = Authenticator.Type
# In the session, encrypted: the secret that an app is being set up with.
SETTING_UP = "app_being_set_up"


class AddApp(Page):
    """A secret to be scanned or typed into an app, and a code as a proof that it is there."""

    title = "Set up an authenticator app"
    template_name = "admin/second_factor/app.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The same secret until it is taken: people reload."""
        if Authenticator.objects.filter(user=self.owner.user, type=Type.TOTP).exists():
            return to_overview()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        secret, adapter = self._secret(), get_adapter()
        picture = adapter.build_totp_svg(adapter.build_totp_url(self.owner.user, secret))
        return super().get_context_data(
            picture=f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}",
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            **context,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """The proof."""
        user, is_first = self.owner.user, self.owner.is_signing_in
        try:
            made = changes.add_app(user, self._secret(), request.POST.get("code", ""), is_first=is_first)
        except DomainError as error:
            return self.refused(error)
        request.session.pop(SETTING_UP, None)
        return self.added(Type.TOTP, made)

    def _secret(self) -> str:
        try:
            return str(decrypt(self.request.session[SETTING_UP]))
        except (KeyError, InvalidToken):
            secret = str(generate_totp_secret())
            self.request.session[SETTING_UP] = encrypt(secret)
            return secret


class AddKey(Page):
    """A key is asked to make a credential for this site."""

    title = "Add a security key"
    template_name = "admin/second_factor/key.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        options = keys.creation_options(self.owner.user)
        return super().get_context_data(key_options=options, max_name=changes.MAX_NAME, **context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """What the key has made."""
        try:
            credential = _parsed(request.POST.get("credential", ""))
            keys.check_new(credential)
            name, is_first = request.POST.get("name", ""), self.owner.is_signing_in
            made = changes.add_key(self.owner.user, name, credential, is_first=is_first)
        except DomainError as error:
            return self.refused(error)
        return self.added(Type.WEBAUTHN, made)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid("No key has answered. Try again.") from error


class RenameKey(Page):
    """Another name for a key."""

    title = "Rename a security key"
    kinds = (Type.WEBAUTHN,)
    template_name = "admin/second_factor/rename.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.get_row(), max_name=changes.MAX_NAME, **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the name."""
        try:
            changes.rename_key(self.owner.user, self.get_row(), request.POST.get("name", ""))
        except DomainError as error:
            return self.refused(error)
        messages.success(request, "The key was renamed.")
        return to_overview()
