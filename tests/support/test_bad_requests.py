"""Every endpoint with invalid, missing and foreign input: the contract's errors, as problem documents."""

import pytest

# The same in every process that collects the tests.
NOBODY = "5e1f0c1e-0000-4000-8000-00000000d0de"
C, K = "customer", "integration"

# (who, method, path, body, status)
MATRIX = [
    (None, "POST", "sessions", {}, 400),
    (None, "POST", "sessions", {"inbox": 5}, 400),
    (None, "POST", "sessions", {"inbox": "a\0b"}, 400),
    (None, "POST", "sessions", {"inbox": "nope"}, 404),
    (None, "POST", "sessions", {"inbox": "{inbox}", "identity": "junk"}, 401),
    (None, "POST", "sessions", {"inbox": "{inbox}", "metadata": "x"}, 400),
    (None, "POST", "sessions", {"inbox": "{inbox}", "metadata": {"k": "x" * 20_000}}, 400),
    (None, "POST", "sessions", {"inbox": "{inbox}", "locale": "x" * 17}, 400),
    (None, "GET", "sessions", None, 405),
    (C, "GET", f"sessions/{NOBODY}", None, 404),
    (C, "DELETE", f"sessions/{NOBODY}", None, 404),
    (C, "POST", f"sessions/{NOBODY}/refresh", None, 404),
    (C, "GET", f"conversations/{NOBODY}", None, 404),
    (C, "GET", "conversations/not-a-uuid", None, 404),
    (C, "GET", "conversations/{foreign}", None, 404),
    (C, "GET", "conversations/{foreign}/messages", None, 404),
    (C, "GET", "conversations/{foreign}/events", None, 404),
    (C, "POST", "conversations/{foreign}/messages", {"client_id": NOBODY, "text": "hi"}, 404),
    (C, "POST", "conversations/{foreign}/handoff", {}, 404),
    (C, "POST", "conversations/{foreign}/close", {}, 404),
    (C, "POST", "conversations/{own}/claim", {"human_agent": "agent"}, 403),
    (C, "POST", "conversations/{own}/release", {}, 403),
    (C, "GET", "conversations", None, 403),
    (C, "GET", "knowledge/articles", None, 403),
    (C, "POST", "conversations/{own}/messages", {}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": "x", "text": "hi"}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": False, "text": "hi"}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": 7, "text": "hi"}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": NOBODY}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": NOBODY, "text": " "}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": NOBODY, "text": 5}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": NOBODY, "text": "a\0"}, 400),
    (C, "POST", "conversations/{own}/messages", {"client_id": NOBODY, "text": "x" * 8001}, 400),
    (C, "POST", "conversations/{own}/messages?wait=61", {"client_id": NOBODY, "text": "x"}, 400),
    (C, "POST", "conversations/{own}/messages?wait=-1", {"client_id": NOBODY, "text": "x"}, 400),
    (C, "GET", "conversations/{own}/messages?after=x", None, 400),
    (C, "GET", "conversations/{own}/messages?after=99999999999", None, 400),
    (C, "GET", "conversations/{own}/messages?limit=501", None, 400),
    (C, "GET", "conversations/{own}/events?after=-1", None, 400),
    (C, "POST", "conversations/{own}/handoff", {"reason": "x" * 2001}, 400),
    (C, "POST", f"messages/{NOBODY}/rating", {"rating": "up"}, 404),
    (C, "DELETE", "conversations/{own}", None, 405),
    (K, "GET", f"conversations/{NOBODY}", None, 404),
    (K, "GET", "conversations?state=odd", None, 400),
    (K, "GET", "conversations?inbox=odd", None, 400),
    (K, "GET", "conversations?page=99999", None, 404),
    (K, "GET", "conversations?page=x", None, 400),
    (K, "POST", "conversations/{foreign}/messages", {"client_id": NOBODY, "text": "hi"}, 403),
    (K, "POST", f"conversations/{NOBODY}/claim", {"human_agent": "agent"}, 404),
    (K, "POST", "conversations/{foreign}/claim", {}, 400),
    (K, "POST", "conversations/{foreign}/claim", {"human_agent": "nobody-by-that-name"}, 400),
    (K, "POST", "conversations/{foreign}/claim", {"human_agent": "editor"}, 400),
    (K, "POST", "conversations/{foreign}/release", None, 409),
    (K, "POST", "conversations/{foreign}/replies", {"text": "hi"}, 400),
    (
        K,
        "POST",
        "conversations/{foreign}/replies",
        {"client_id": NOBODY, "text": "hi", "last_seen_seq": 9, "human_agent": "agent"},
        409,
    ),
    (
        K,
        "POST",
        "conversations/{foreign}/replies",
        {"client_id": NOBODY, "text": "", "last_seen_seq": 9, "human_agent": "agent"},
        400,
    ),
    (None, "GET", "nothing-here", None, 404),
]
OPEN_TO_NOBODY = [
    ("GET", f"sessions/{NOBODY}"),
    ("GET", "conversations"),
    ("GET", "conversations/{foreign}"),
    ("GET", "conversations/{foreign}/messages"),
    ("GET", "conversations/{foreign}/events"),
    ("POST", "conversations/{foreign}/messages"),
    ("POST", "conversations/{foreign}/handoff"),
    ("POST", "conversations/{foreign}/close"),
    ("POST", "conversations/{foreign}/claim"),
    ("POST", "conversations/{foreign}/replies"),
    ("POST", "conversations/{foreign}/release"),
    ("POST", f"messages/{NOBODY}/rating"),
    ("GET", "knowledge/articles"),
    ("GET", "knowledge/search?q=x"),
]


@pytest.fixture(scope="module")
def people(live):
    own, foreign = live.customer(), live.customer()
    foreign.send("Hello", wait=20)
    return {"own": own.conversation, "foreign": foreign.conversation, "inbox": live.demo["inbox_key"], "client": own}


def fill(value, people):
    if isinstance(value, str):
        for name in ("own", "foreign", "inbox"):
            value = value.replace("{" + name + "}", people[name])
        return value
    return {key: fill(item, people) for key, item in value.items()} if isinstance(value, dict) else value


def is_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(document)
    assert document["status"] == status
    assert document["request_id"] == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    return document


@pytest.mark.parametrize(("who", "method", "path", "body", "status"), MATRIX)
def test_bad_input_gets_its_error(live, people, who, method, path, body, status):
    client = {None: live.http(), C: people["client"].http, K: live.integration()}[who]
    response = client.request(method, f"/api/v1/{fill(path, people)}", json=fill(body, people))
    is_problem(response, status)


@pytest.mark.parametrize(("method", "path"), OPEN_TO_NOBODY)
@pytest.mark.parametrize("credentials", [None, "Bearer junk", "Api-Key junk", "Basic YTpi"])
def test_without_credentials_one_learns_nothing(live, people, method, path, credentials):
    headers = {"Authorization": credentials} if credentials else {}
    response = live.http(**headers).request(method, f"/api/v1/{fill(path, people)}", json={})
    document = is_problem(response, 401)
    assert "WWW-Authenticate" in response.headers
    assert people["foreign"] not in document["detail"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe", b'{"inbox": NaN}', b"[" * 50_000])
def test_what_is_no_json_object_is_a_400(live, body):
    response = live.http().post("/api/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    is_problem(response, 400)


def test_another_media_type_is_a_415(live):
    is_problem(live.http().post("/api/v1/sessions", data={"inbox": "x"}), 415)


def test_a_field_error_names_the_field(live, people):
    response = people["client"].http.post(f"/api/v1/messages/{NOBODY}/rating", json={"rating": "up"})
    is_problem(response, 404)
    response = live.http().post("/api/v1/sessions", json={})
    assert is_problem(response, 400)["errors"][0]["field"] == "inbox"


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [("knowledge:read", "conversations", 403), ("conversations:read", "conversations", 200)],
)
def test_a_key_reaches_as_far_as_its_scopes(live, scope, path, status):
    key = live.new_key([scope])
    response = live.http(Authorization=f"Api-Key {key}").get(f"/api/v1/{path}")
    assert response.status_code == status


def test_errors_carry_cors_headers_for_an_inboxs_site(live):
    site = live.webs[0].url
    allowed = live.http(Origin=site).get("/api/v1/conversations")
    assert allowed.status_code == 401
    assert allowed.headers["access-control-allow-origin"] == site
    stranger = live.http(Origin="https://evil.example").get("/api/v1/conversations")
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("path", ["/chat/%00", "/chat/nope", "/chat/%ED%A0%80", "/help/nope/", "/%00", "/static/%00"])
def test_a_page_that_is_not_there_is_a_404(live, path):
    """Mutation: leave `storable` out of services.find_inbox."""
    assert live.http().get(path).status_code == 404
