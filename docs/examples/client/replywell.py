"""A client of Replywell's REST API in one file, with nothing but Python's standard library. Copy it.

    from replywell import Customer, Integration

    customer = Customer.start("https://support.example.com", inbox="ib_…")
    print(customer.ask("How do I return an order?"))

    team = Integration("https://support.example.com", key="rw_…")
    for conversation in team.conversations(state="queued"):
        team.claim(conversation["id"], "ada")

What is sent carries an id of its own and is sent again when the connection breaks: the server keeps it once.
"""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

JSON = dict[str, Any]

ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
# Longer than the longest `?wait=`, and than the 15 s after which a silent event stream says that it is there.
TIMEOUT = 75.0
_AGAIN = {429, 502, 503, 504}


class ApiError(Exception):
    """The server refused. `status` is HTTP's, `problem` the RFC 9457 document, with what it needs you to know."""

    def __init__(self, status: int, problem: JSON, retry_after: float | None = None) -> None:
        super().__init__(f"{status}: {problem.get('detail', 'no explanation')}")
        self.status, self.problem, self.retry_after = status, problem, retry_after


@dataclass(frozen=True)
class Event:
    """One server-sent event: a frame as on the WebSocket. `seq` is None for what is not durable."""

    seq: int | None
    frame: JSON


class Api:
    """Requests with credentials. Raises ApiError for what the server refuses, OSError when it cannot be reached."""

    def __init__(self, url: str, authorization: str = "") -> None:
        self.url, self.authorization = url.rstrip("/"), authorization

    def open(self, method: str, path: str, body: JSON | None = None, headers: dict[str, str] | None = None) -> Any:
        """The open response; ApiError unless it is a success."""
        data = None if body is None else json.dumps(body).encode()
        headers = dict(headers or {})
        headers |= {"Authorization": self.authorization} if self.authorization else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        request = Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            return urlopen(request, timeout=TIMEOUT)
        except HTTPError as error:
            with error:
                raise _refusal(error) from None

    def call(self, method: str, path: str, body: JSON | None = None, *, repeat: bool | None = None) -> Any:
        """The JSON of the answer, None for 204. Repeated when it is safe to: reading is, and what `repeat` says."""
        safe = method in {"GET", "PUT", "DELETE"} if repeat is None else repeat
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.open(method, path, body) as response:
                    text = response.read()
                return json.loads(text) if text else None
            except ApiError as error:
                # 429 is refused before anything is done, so it may always be tried again.
                if attempt == ATTEMPTS or error.status not in _AGAIN or not (safe or error.status == 429):
                    raise
                pause = max(pause, error.retry_after or 0)
            except (OSError, HTTPException):
                if attempt == ATTEMPTS or not safe:
                    raise
            time.sleep(min(pause, LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def pages(self, path: str, **query: Any) -> Iterator[JSON]:
        """Every entry of a list, page by page. One that becomes shorter meanwhile ends early."""
        query = {name: value for name, value in query.items() if value is not None} | {"page": 1}
        while True:
            try:
                page = self.call("GET", f"{path}?{urlencode(query)}")
            except ApiError as error:
                if error.status == 404 and query["page"] > 1:
                    return
                raise
            yield from page["results"]
            if page["next"] is None:
                return
            query["page"] += 1

    def messages(self, conversation: str, after: int = 0) -> list[JSON]:
        """All messages with a higher `seq` than `after`, in order."""
        found: list[JSON] = []
        while True:
            page = self.call("GET", f"/conversations/{conversation}/messages?after={after}&limit=500")
            found += page["results"]
            if not page["results"] or found[-1]["seq"] >= page["last_seq"]:
                return found
            after = found[-1]["seq"]


def _refusal(error: HTTPError) -> ApiError:
    try:
        problem = json.loads(error.read())
    except ValueError:
        problem = {"detail": str(error.reason)}
    after = error.headers.get("Retry-After", "")
    return ApiError(error.code, problem, float(after) if after.isdigit() else None)


class Customer(Api):
    """A customer with a session. `session` is what the server says of it; its token lives for an hour."""

    def __init__(self, url: str, session: JSON) -> None:
        super().__init__(url, f"Bearer {session['token']}")
        self.session = session
        self.conversation: str = session["conversation_id"]

    @classmethod
    def start(cls, url: str, inbox: str, **more: Any) -> "Customer":
        """A new session. `more`: identity, previous_token, locale, metadata."""
        return cls(url, Api(url).call("POST", "/sessions", {"inbox": inbox} | more, repeat=True))

    def refresh(self) -> None:
        """A new token; the old one lives 25 seconds more."""
        session = self.call("POST", f"/sessions/{self.session['id']}/refresh", repeat=True)
        self.session, self.authorization = session, f"Bearer {session['token']}"

    def end(self) -> None:
        """End the session."""
        self.call("DELETE", f"/sessions/{self.session['id']}")

    def state(self) -> JSON:
        """The conversation."""
        answer: JSON = self.call("GET", f"/conversations/{self.conversation}")
        return answer

    def send(self, text: str, wait: int | None = None, client_id: str | None = None) -> JSON:
        """Send a message: `{message}`, and with `wait` (0 to 60 seconds) `replies` too."""
        query = "" if wait is None else f"?wait={wait}"
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text}
        answer: JSON = self.call("POST", f"/conversations/{self.conversation}/messages{query}", body, repeat=True)
        return answer

    def ask(self, text: str, wait: int = 60) -> str | None:
        """Send a message and return the text of the answer; None when none came in time."""
        replies = self.send(text, wait)["replies"]
        return replies[-1]["text"] if replies else None

    def handoff(self, reason: str = "") -> JSON:
        """Ask for a person."""
        answer: JSON = self.call("POST", f"/conversations/{self.conversation}/handoff", {"reason": reason})
        return answer

    def close(self) -> JSON:
        """Close the conversation."""
        answer: JSON = self.call("POST", f"/conversations/{self.conversation}/close", {}, repeat=True)
        return answer

    def rate(self, message: str, rating: str, comment: str = "") -> JSON:
        """Rate an answer, `up` or `down`."""
        body = {"rating": rating, "comment": comment}
        answer: JSON = self.call("POST", f"/messages/{message}/rating", body, repeat=True)
        return answer

    def events(self, after: int = 0) -> Iterator[Event]:
        """What happens in the conversation, without end. A broken stream goes on after the last durable event.

        Raises ApiError when the session is over; `refresh` before its hour is, then go on with `after`.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                path = f"/conversations/{self.conversation}/events"
                with self.open("GET", path, headers={"Last-Event-ID": str(after)}) as stream:
                    for event in _events(stream):
                        after, pause = event.seq or after, FIRST_PAUSE
                        yield event
            except ApiError as error:
                if error.status not in _AGAIN:
                    raise
                pause = max(pause, error.retry_after or 0)
            except (OSError, HTTPException):
                pass
            time.sleep(min(pause, LONGEST_PAUSE))
            pause *= 2


def _events(stream: Any) -> Iterator[Event]:
    seq: int | None = None
    data: list[str] = []
    for raw in stream:
        line = raw.decode().rstrip("\r\n")
        name, _, value = line.partition(": ")
        if name == "id":
            seq = int(value)
        elif name == "data":
            data.append(value)
        elif not line and data:
            yield Event(seq, json.loads("\n".join(data)))
            seq, data = None, []


class Integration(Api):
    """What an API key may do. Each method needs a scope, named in docs/api.md."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, f"Api-Key {key}")

    def conversations(self, state: str | None = None, inbox: str | None = None) -> Iterator[JSON]:
        """Conversations, the most recently changed first."""
        return self.pages("/conversations", state=state, inbox=inbox)

    def conversation(self, conversation: str) -> JSON:
        """One conversation."""
        answer: JSON = self.call("GET", f"/conversations/{conversation}")
        return answer

    def claim(self, conversation: str, human_agent: str) -> JSON:
        """Take it over for a human agent; ApiError 409 when somebody else has it."""
        body = {"human_agent": human_agent}
        answer: JSON = self.call("POST", f"/conversations/{conversation}/claim", body, repeat=True)
        return answer

    def reply(
        self, conversation: str, human_agent: str, text: str, last_seen_seq: int, client_id: str | None = None
    ) -> JSON:
        """Reply as the holder; ApiError 409 with `problem["messages"]` when the customer wrote meanwhile."""
        body = {"client_id": client_id or str(uuid.uuid4()), "text": text}
        body |= {"human_agent": human_agent, "last_seen_seq": last_seen_seq}  # type: ignore[dict-item]
        answer: JSON = self.call("POST", f"/conversations/{conversation}/replies", body, repeat=True)
        return answer

    def release(self, conversation: str) -> JSON:
        """Give it back to the AI agent."""
        answer: JSON = self.call("POST", f"/conversations/{conversation}/release")
        return answer

    def close(self, conversation: str) -> JSON:
        """Close it."""
        answer: JSON = self.call("POST", f"/conversations/{conversation}/close", {}, repeat=True)
        return answer

    def articles(self, **filters: str) -> Iterator[JSON]:
        """Articles, the newest first. `filters`: status, audience, index_state, external_id, q."""
        return self.pages("/knowledge/articles", **filters)

    def article(self, article: str) -> JSON:
        """One article."""
        answer: JSON = self.call("GET", f"/knowledge/articles/{article}")
        return answer

    def put_article(self, external_id: str, title: str, body: str, **fields: Any) -> JSON:
        """Create or change the article of this id of yours; what it says already changes nothing."""
        path = f"/knowledge/articles/by-external-id/{quote(external_id)}"
        answer: JSON = self.call("PUT", path, {"title": title, "body": body} | fields)
        return answer

    def change_article(self, article: str, **fields: Any) -> JSON:
        """Change some fields."""
        answer: JSON = self.call("PATCH", f"/knowledge/articles/{article}", fields, repeat=True)
        return answer

    def delete_article(self, article: str) -> None:
        """Delete the article with all its versions."""
        self.call("DELETE", f"/knowledge/articles/{article}")

    def search(self, question: str, limit: int = 8, inbox: str | None = None) -> list[JSON]:
        """The passages that answer best, best first."""
        query = {"q": question, "limit": limit} | ({"inbox": inbox} if inbox else {})
        found: list[JSON] = self.call("GET", f"/knowledge/search?{urlencode(query)}")["results"]
        return found
