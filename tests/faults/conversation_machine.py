"""A customer's socket and two human agents, doing anything in any order, against a model of the conversation."""

import json
import random
import socket
import time
import uuid

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from websockets.sync.client import ClientConnection, connect

from tests.live import Live

PATIENCE = 30.0
# Which notice leads to which state.
STATES = {"queued": "queued", "claimed": "human", "released": "bot", "closed": "closed", "reopened": "bot"}

which_agent = st.sampled_from([0, 1])


class ConversationMachine(RuleBasedStateMachine):
    """state, holder: what the conversation must be in. acked: seq by client_id. seen: messages from the socket, by seq."""

    def __init__(self, live: Live):
        super().__init__()
        self.live = live
        self.agents = [live.demo["human_agent"]["username"], live.demo["admin"]["username"]]
        self.staff = live.integration()
        self.state, self.holder = "bot", None
        self.acked: dict[str, int] = {}
        self.seen: dict[int, dict] = {}
        self.line: ClientConnection | None = None

    # -- The customer ---------------------------------------------------------------------------

    @initialize()
    def begin(self):
        self.customer = self.live.customer()
        self.path = f"/api/v1/conversations/{self.customer.conversation}"
        self.reconnect()
        self.send(False)

    @property
    def cursor(self) -> int:
        return max(self.seen, default=0)

    @precondition(lambda self: self.line is None)
    @rule()
    def reconnect(self):
        """Resume: exactly what is missing comes, in order (`_take` looks)."""
        self.line = connect(f"ws://127.0.0.1:{self.live.webs[0].port}/ws", max_size=None)
        self._write({"type": "session.resume", "token": self.customer.session["token"], "after": self.cursor})
        ready = self._until("session.ready")
        assert not ready["reset"]
        while self.cursor < ready["last_seq"]:
            self._until("message.created")

    @precondition(lambda self: self.line is not None)
    @rule(in_flight=st.booleans())
    def drop(self, in_flight):
        """The connection breaks off, perhaps with a message on its way: whether it arrived, the resend tells."""
        client_id = str(uuid.uuid4())
        if in_flight:
            self._ask(client_id)
        self.line.socket.shutdown(socket.SHUT_RDWR)
        self.line = None
        if in_flight:
            self.reconnect()
            self._deliver([client_id])

    @precondition(lambda self: self.line is not None)
    @rule(again=st.booleans())
    def send(self, again):
        """A message, perhaps sent twice without waiting."""
        client_id = str(uuid.uuid4())
        self._deliver([client_id, client_id] if again else [client_id])

    @precondition(lambda self: self.line is not None)
    @rule(randomness=st.randoms(use_true_random=False), new=st.integers(1, 4))
    def send_many(self, randomness: random.Random, new: int):
        """New and old ones, in any order, without waiting for acks."""
        old = randomness.sample(sorted(self.acked), min(2, len(self.acked)))
        batch = old + [str(uuid.uuid4()) for _ in range(new)]
        randomness.shuffle(batch)
        self._deliver(batch)

    # -- People -----------------------------------------------------------------------------------

    @rule()
    def handoff(self):
        self._staff("handoff", {}, 409 if self.state == "closed" else 200)
        self.state = "queued" if self.state == "bot" else self.state

    @rule(agent=which_agent)
    def claim(self, agent):
        held = self.state == "human" and self.holder != agent
        self._staff("claim", {"human_agent": self.agents[agent]}, 409 if held or self.state == "closed" else 200)
        if not held and self.state != "closed":
            self.state, self.holder = "human", agent

    @rule(agent=which_agent, behind=st.booleans())
    def reply(self, agent, behind):
        """Refused for who does not hold the conversation, or has not seen the customer's newest message."""
        body = {"client_id": str(uuid.uuid4()), "text": "Hello!", "human_agent": self.agents[agent]}
        newest = max(self.acked.values())
        holds = self.state == "human" and self.holder == agent
        status = 201 if holds and not behind else 409
        self._staff("replies", body | {"last_seen_seq": newest - 1 if behind else newest}, status)
        if status == 201:
            self._staff("replies", body | {"last_seen_seq": newest}, 200)

    @rule()
    def release(self):
        allowed = self.state in {"queued", "human"}
        self._staff("release", {}, 200 if allowed else 409)
        self.state = "bot" if allowed else self.state

    @rule()
    def close(self):
        self._staff("close", {}, 200)
        self.state = "closed"

    # -- What must hold at the end ------------------------------------------------------------------

    def teardown(self):
        if not self.acked:
            return
        if self.line is None:
            self.reconnect()
        messages = self._settled()
        while self.cursor < messages[-1]["seq"]:
            self._until("message.created")
        self.line.close()
        assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
        assert [self.seen[message["seq"]] for message in messages] == messages
        stored = {m["client_id"]: m["seq"] for m in messages if m["role"] == "customer"}
        assert stored == self.acked
        self._replay(messages)

    def _settled(self) -> list[dict]:
        """The messages, once no run is under way any more."""
        active = "SELECT 1 FROM support_run WHERE state = 'active' AND conversation_id = %s"
        deadline = time.monotonic() + PATIENCE
        while self.live.rows(active, self.customer.conversation):
            assert time.monotonic() < deadline, "a run did not end"
            time.sleep(0.01)
        return self.customer.http.get(f"{self.path}/messages").json()["results"]

    def _replay(self, messages: list[dict]) -> None:
        """The AI spoke in `bot` alone, the notices lead to the state, and nobody waits for an answer that nobody gives."""
        state, waits = "bot", False
        for message in messages:
            assert message["role"] != "assistant" or state == "bot", messages
            state = STATES.get(message["notice"], state)
            waits = message["role"] == "customer" or (waits and message["notice"] in {None, "claimed", "released"})
            waits = waits and message["role"] not in {"assistant", "human"}
        shown = self.customer.http.get(self.path).json()
        assert state == shown["state"] == self.state
        assert not (state == "bot" and waits), messages

    # -- Doing it -----------------------------------------------------------------------------------

    def _deliver(self, client_ids: list[str]) -> None:
        for client_id in client_ids:
            self._ask(client_id)
        newest = max(self.acked.values(), default=0)
        for client_id in client_ids:
            ack = self._until("message.ack")
            assert ack["client_id"] == client_id  # acks come in the order of the sends
            if client_id not in self.acked:
                assert ack["seq"] > newest
                newest = self.acked[client_id] = ack["seq"]
                self.state = "bot" if self.state == "closed" else self.state
            assert ack["seq"] == self.acked[client_id]

    def _ask(self, client_id: str) -> None:
        self._write({"type": "message.send", "client_id": client_id, "text": "How do I start it?"})

    def _staff(self, action: str, body: dict, status: int) -> httpx2.Response:
        answer = self.staff.post(f"{self.path}/{action}", json=body)
        assert answer.status_code == status, (action, self.state, answer.text)
        return answer

    def _write(self, frame: dict) -> None:
        self.line.send(json.dumps(frame))

    def _until(self, kind: str) -> dict:
        deadline = time.monotonic() + PATIENCE
        while True:
            frame = json.loads(self.line.recv(timeout=max(0.0, deadline - time.monotonic())))
            assert frame["type"] != "error", frame
            if frame["type"] == "message.created":
                message = frame["message"]
                assert message["seq"] == self.cursor + 1, "a gap, or a message twice"
                self.seen[message["seq"]] = message
            if frame["type"] == kind:
                return frame
