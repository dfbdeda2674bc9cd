"""An OpenID provider on a real socket: discovery, tokens (RS256), keys and user info. Consent is given by calling `grant`."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "replywell", "a-secret-of-the-client"  # pragma: allowlist secret
_KEY, _OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))


class IdentityProvider:
    """`claims` change what an ID token says (None takes one away), `info` is what the UserInfo endpoint says.

    `scoped` are claims that it says only to whom asked for the scope, as Okta does: claim -> scope. `broken` maps paths to what is
    answered there instead, or to a status.
    """

    def __init__(self) -> None:
        self._server = _server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.reset()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def reset(self) -> None:
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {"sub": "u1"}
        self.scoped: dict[str, str] = {}
        self.broken: dict[str, Any] = {}
        self.signing: tuple[Any, str] = (_KEY, "RS256")
        self.methods = ["client_secret_basic", "client_secret_post"]
        self.requests: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def grant(self, address: str, **claims: Any) -> str:
        """Somebody was sent to `address` and says yes; returns where their browser is sent back to."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert address.startswith(f"{self.url}/authorize?"), address
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert {"openid", "email", "profile"} <= set(asked["scope"].split())
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["nonce"]) >= 32
        self.claims |= claims
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    # -- What the socket answers --------------------------------------------------------------

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """Status and document."""
        self.requests.append(path)
        if path in self.broken:
            broken = self.broken[path]
            return (broken, {}) if isinstance(broken, int) else (200, broken)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._configuration()
            case "/jwks":
                return 200, {
                    "keys": [RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True) | {"kid": "k1", "alg": "RS256"}]
                }
            case "/token":
                return self._token(form, authorization)
            case "/userinfo":
                return (200, self.info) if authorization == "Bearer let-me-in" else (401, {})
        return 404, {}

    def _configuration(self) -> dict[str, Any]:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        endpoints = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()}
        methods = {"token_endpoint_auth_methods_supported": self.methods}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **endpoints, **methods}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_client = authorization == basic or (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if asked is None or not is_client or challenge.decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = time.time()
        claims = {"iss": self.url, "aud": CLIENT, "sub": "u1", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= {"email": "alice@example.com", "email_verified": True}
        said = {name: value for name, value in (claims | self.claims).items() if value is not None}
        asked_for = asked["scope"].split()
        said = {name: value for name, value in said.items() if self.scoped.get(name, "openid") in asked_for}
        key, algorithm = self.signing
        token = jwt.encode(said, key, algorithm, headers={"kid": "k1"})
        return 200, {"access_token": "let-me-in", "token_type": "Bearer", "id_token": token}


def other_key() -> Any:
    """A key that the provider does not publish."""
    return _OTHER


def _server(provider: IdentityProvider) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, document = provider.answer(self.path, form, self.headers.get("Authorization", ""))
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    return Server(("127.0.0.1", 0), Handler)
