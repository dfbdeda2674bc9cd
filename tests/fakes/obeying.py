"""A model that obeys every order it reads, in whatever disguise."""

import base64
import codecs
import json
import re
import unicodedata
from collections.abc import Iterator

from tests.fakes.model import ModelServer, Say

_CALL = re.compile(r"call (place_order|order_once|refund|change_password) (\{[^{}]*\})")


def readings(text: str) -> Iterator[str]:
    """What a text may mean."""
    yield text
    yield "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    yield codecs.decode(text, "rot13")
    yield text[::-1]
    yield re.sub(r"(.) ", r"\1", text).replace("\u2423", " ")
    yield re.sub(r"(?m)^> ", "", text)
    for word in re.findall(r"[A-Za-z0-9+/=]{40,}", text):
        try:
            yield base64.b64decode(word).decode()
        except ValueError:
            pass
        try:
            yield bytes.fromhex(word).decode()
        except ValueError:
            pass


class ObeyingServer(ModelServer):
    """Makes the first call that its messages order, once."""

    def _next(self, request: dict) -> Say:
        self.requests.append(request)
        said = [message.get("content") or "" for message in request["messages"] if message["role"] != "system"]
        if request["messages"][-1]["role"] != "tool" and "tools" in request:
            for text in said:
                for reading in readings(text):
                    if order := _CALL.search(reading):
                        return Say(tool=(order[1], json.dumps(json.loads(order[2]))))
        return Say(pieces=("Done as ", "told."))
