"""The identity provider: where to send people, and who they are when they come back (OpenID Connect Core 1.0, §3.1).

The authorization code flow with state, nonce and PKCE. allauth's OAuth 2.0 client speaks to the provider, with a time-out for each
answer; what an ID token says is verified in `tokens`.
"""

from dataclasses import dataclass
from typing import Any

import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import get_random_string

from support.single_sign_on import tokens
from support.single_sign_on.tokens import Refused

_SCOPES = ("openid", "email", "profile")
# Under this name what we need at their return waits in the session: ten minutes at most, and good for one return.
_NAME = "oidc"


@dataclass(frozen=True)
class Return:
    """Somebody is back from the provider. claims: what it says of them. where: a path of ours that they wanted to go to."""

    claims: dict[str, Any]
    where: str


def is_configured() -> bool:
    """Whether there is a provider."""
    return bool(settings.OIDC_ISSUER)


def address(request: HttpRequest, where: str) -> str:
    """Where the browser is to go. Refused: the provider does not answer, or is not who it should be."""
    config = _discover()
    challenge = generate_code_challenge()
    nonce = get_random_string(32)
    state = {"nonce": nonce, "verifier": challenge.pop("code_verifier"), "where": where}
    client = _client(request, config)
    client.state = statekit.stash_state(request, provider_id=_NAME, state=state)
    scopes = {*_SCOPES, *settings.OIDC_SCOPES}
    found: str = client.get_redirect_url(config["authorization_endpoint"], scopes, challenge | {"nonce": nonce})
    return found


def came_back(request: HttpRequest) -> Return:
    """Who it is, by the provider's own word. Refused: it is nobody that we sent there, or the word is not good."""
    state = statekit.unstash_state(request, state_id=request.GET.get("state", ""), provider_id=_NAME)
    if state is None:
        raise Refused("state")
    if "code" not in request.GET:
        raise Refused("no_code")
    config = _discover()
    try:
        answer = _client(request, config).get_access_token(request.GET["code"], state["verifier"])
        token, access = str(answer["id_token"]), str(answer["access_token"])
    except (requests.RequestException, OAuth2Error, KeyError, TypeError, ValueError) as error:
        raise Refused("code") from error
    claims = tokens.verified(token, _get(config["jwks_uri"]), config["issuer"], state["nonce"])
    needed = {"email", settings.OIDC_GROUPS_CLAIM} if settings.OIDC_GROUPS else {"email"}
    if not needed <= claims.keys() and (endpoint := config.get("userinfo_endpoint")):
        claims = tokens.completed(claims, _get(endpoint, Authorization=f"Bearer {access}"))
    return Return(claims, state["where"])


def _discover() -> dict[str, Any]:
    """The provider's description of itself (OpenID Connect Discovery 1.0, §4)."""
    config = _get(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if str(config.get("issuer")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
        raise Refused("issuer")
    if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= config.keys():
        raise Refused("discovery")
    return config


def _get(url: str, **headers: str) -> dict[str, Any]:
    try:
        with get_adapter().get_requests_session() as session:
            response = session.get(url, headers=headers)
            response.raise_for_status()
            found = response.json()
    except (requests.RequestException, ValueError) as error:
        raise Refused("unreachable") from error
    if not isinstance(found, dict):
        raise Refused("discovery")
    return found


def _client(request: HttpRequest, config: dict[str, Any]) -> Any:
    methods = config.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return OAuth2Client(
        request,
        settings.OIDC_CLIENT_ID,
        settings.OIDC_CLIENT_SECRET,
        "POST",
        config["token_endpoint"],
        request.build_absolute_uri(reverse("sign_in_oidc_callback")),
        basic_auth="client_secret_post" not in methods,
    )
