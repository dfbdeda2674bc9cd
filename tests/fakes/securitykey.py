"""A security key in software: it makes credentials and signs challenges (WebAuthn), for whatever site it is told."""

import hashlib
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256, CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

_PRESENT = AuthenticatorData.FLAG.UP


class SecurityKey:
    """origin: of the page that it believes to be on. public: the half that it gives away; None: it gives none."""

    def __init__(self, origin: str = "https://testserver") -> None:
        self.origin = origin
        self.id = os.urandom(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public: Any = dict(ES256.from_cryptography_key(self._key.public_key()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """A credential for the site that the options name."""
        options = options["publicKey"]
        client = self._client(CollectedClientData.TYPE.CREATE, options["challenge"])
        flags, credential = _PRESENT, b""
        if self.public is not None:
            flags |= AuthenticatorData.FLAG.AT
            credential = AttestedCredentialData.create(b"\0" * 16, self.id, CoseKey(self.public))
        data = AuthenticatorData.create(_hash(options["rp"]["id"]), flags, 0, credential)
        made = AttestationObject.create("none", data, {})
        return self._answer(clientDataJSON=client, attestationObject=made)

    def get(self, options: dict[str, Any], site: str | None = None) -> dict[str, Any]:
        """The challenge, signed; for another site than the options name, if told."""
        options = options["publicKey"]
        client = self._client(CollectedClientData.TYPE.GET, options["challenge"])
        data = AuthenticatorData.create(_hash(site or options["rpId"]), _PRESENT, 1)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _client(self, kind: Any, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def _answer(self, **response: bytes) -> dict[str, Any]:
        name = websafe_encode(self.id)
        encoded = {key: websafe_encode(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": encoded, "clientExtensionResults": {}}


def _hash(site: str) -> bytes:
    return hashlib.sha256(site.encode()).digest()
