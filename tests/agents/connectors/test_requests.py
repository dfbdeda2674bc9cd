"""What an argument can do to a request: be a value in its place, and nothing else."""

import base64
import json
import uuid

import pytest

from agents.connectors import http
from agents.connectors.models import HttpTool
from agents.registry import ToolFailed
from agents.turn import Who

CARLA = Who(uuid.uuid4(), "carla-1", "Carla Müller", "carla@example.org")


@pytest.fixture
def send(system):
    """Make a call of an HTTP tool that is not stored; gives the request as the system got it."""

    def sent(arguments, who=CARLA, path="/thing", key="key-1", **fields):
        tool = HttpTool(**({"risk": "read", "url": system.url + path} | fields))
        http.make(http.Call(tool, arguments, who, key))
        return system.asked[-1]

    return sent


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("7", "/orders/7/state"),
        ("a b", "/orders/a%20b/state"),
        ("7?x=1", "/orders/7%3Fx%3D1/state"),
        ("7#x", "/orders/7%23x/state"),
        ("7/items", "/orders/7%2Fitems/state"),
        ("%2e%2e", "/orders/%252e%252e/state"),
        ("..%2f", "/orders/..%252f/state"),
        ("ä", "/orders/%C3%A4/state"),
        ("@evil.example", "/orders/%40evil.example/state"),
        ("{customer.sub}", "/orders/%7Bcustomer.sub%7D/state"),
        ("INV/2024/1", "/orders/INV%2F2024%2F1/state"),
    ],
)
def test_an_argument_is_one_part_of_the_path(send, value, target):
    """Red when `_segment` does not quote, or leaves slashes."""
    assert send({"number": value}, path="/orders/{number}/state").target == target


@pytest.mark.parametrize("value", ["", " ", ".", "..", "../admin", "a/../b", "..\\admin", "/..", "7\r\nHost: x", "\t"])
def test_an_argument_never_leaves_its_folder(send, system, value):
    """Red when `_segment` lets steps, nothing, or line breaks through."""
    with pytest.raises(ToolFailed, match="not fit for an address"):
        send({"number": value}, path="/orders/{number}/state")
    assert system.asked == []


def test_an_argument_that_is_not_there_leaves_no_hole_in_the_address(send, system):
    with pytest.raises(ToolFailed, match="needs an argument"):
        send({}, path="/orders/{number}")
    assert system.asked == []


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("tea", "/thing?fixed=1&q=tea&kind=item"),
        ("tea&kind=secret", "/thing?fixed=1&q=tea%26kind%3Dsecret&kind=item"),
        ("a+b =ü", "/thing?fixed=1&q=a%2Bb%20%3D%C3%BC&kind=item"),
        ("#x", "/thing?fixed=1&q=%23x&kind=item"),
        (None, "/thing?fixed=1&kind=item"),
    ],
)
def test_an_argument_is_one_value_of_the_query(send, value, target):
    """One that was not given takes its line along. Red when the query is joined without quoting."""
    arguments = {} if value is None else {"words": value}
    assert send(arguments, path="/thing?fixed=1", query="q={words}\nkind=item").target == target


@pytest.mark.parametrize("value", ["x\r\nX-Evil: 1", "x\nX-Evil: 1", "x\x00", "ü"])
def test_an_argument_cannot_break_a_header(send, system, value):
    """Red when `headers` does not look for control characters."""
    with pytest.raises(ToolFailed, match="cannot be sent in the header X-Note"):
        send({"note": value}, headers="X-Note: about {note}")
    assert system.asked == []
    assert send({"note": "fine"}, headers="X-Note: about {note}").headers["x-note"] == "about fine"


@pytest.mark.parametrize(
    "value", ['", "admin": true, "x": "', "}", "\\", '\\"', "a\nb", "{customer.sub}", "{other}", "ü😀", "</script>"]
)
def test_an_argument_is_one_value_of_the_body(send, value):
    """Red when places are filled before the template is read."""
    body = '{"note": "{note}", "in": ["about {note}"], "customer": "{customer.sub}"}'
    asked = send({"note": value, "other": "x"}, method="POST", risk="write", body=body)
    assert asked.json == {"note": value, "in": [f"about {value}"], "customer": "carla-1"}


def test_arguments_keep_their_types_in_the_body(send):
    body = '{"n": "{n}", "amount": "{amount}", "yes": "{yes}", "text": "{n} of {amount}", "fixed": [1, null]}'
    asked = send({"n": 3, "amount": 1.5, "yes": True}, method="PUT", risk="write", body=body)
    assert asked.json == {"n": 3, "amount": 1.5, "yes": True, "text": "3 of 1.5", "fixed": [1, None]}
    assert (asked.method, asked.headers["content-type"]) == ("PUT", "application/json")


def test_what_was_not_given_is_left_out_of_the_body(send):
    body = '{"a": "{a}", "b": {"c": "{b}", "d": 1}, "list": ["{b}", "x"]}'
    assert send({"a": 1}, method="POST", risk="write", body=body).json == {"a": 1, "b": {"d": 1}, "list": ["x"]}


def test_who_the_customer_is_comes_from_the_server(send):
    """An argument cannot be named so, nor mean so. Red when `Values.of` asks the arguments first."""
    lie = {"customer.sub": "somebody-else", "sub": "somebody-else", "customer": {"sub": "somebody-else"}}
    asked = send(lie, path="/of/{customer.sub}", query="email={customer.email}\nname={customer.name}")
    assert asked.target == "/of/carla-1?email=carla%40example.org&name=Carla%20M%C3%BCller"


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (Who(uuid.uuid4()), "The customer's identity is not known."),
        (Who(uuid.uuid4(), "carla-1"), "The customer's email is not known."),
    ],
)
def test_an_unknown_customer_is_nobody(send, system, who, told):
    """An empty e-mail address would find everybody. Red when what is not known is left out."""
    with pytest.raises(ToolFailed) as failed:
        send({}, who, query="sub={customer.sub}\nemail={customer.email}")
    assert (str(failed.value), system.asked) == (told, [])


@pytest.mark.parametrize(
    ("fields", "header", "value"),
    [
        ({"auth": "bearer", "secret": "hunter22"}, "authorization", "Bearer hunter22"),
        (
            {"auth": "basic", "auth_name": "carla", "secret": "hunter22"},
            "authorization",
            "Basic " + base64.b64encode(b"carla:hunter22").decode(),
        ),
        ({"auth": "header", "auth_name": "X-Api-Key", "secret": "hunter22"}, "x-api-key", "hunter22"),
        ({"auth": "none", "secret": "hunter22"}, "authorization", None),
    ],
)
def test_authentication(send, fields, header, value):
    assert send({}, **fields).headers.get(header) == value


def test_what_writes_carries_the_key_of_its_call(send):
    """Red when the header is not sent; a reading call needs none."""
    assert send({}, risk="write", method="POST", key="key-9").headers["idempotency-key"] == "key-9"
    assert "idempotency-key" not in send({}).headers


def test_a_request_is_shown_without_secrets(system):
    """Arguments that would be quoted or escaped, too. Red when `shown` does not black out before it fills."""
    tool = HttpTool(
        risk="write",
        method="POST",
        url=f"{system.url}/of/{{pin}}",
        query="p={pin}\nn={n}",
        headers="X-Pin: {pin}",
        body='{"pin": "{pin}", "n": "{n}"}',
        auth="basic",
        auth_name="carla",
        secret="hunter22",
    )
    pin = 'se"cr&t 1'
    text = http.shown(http.Call(tool, {"pin": pin, "n": 7}, CARLA, "key-1", frozenset({"pin"})))
    assert text.splitlines()[0] == f"POST {system.url}/of/***?p=***&n=7"
    assert json.loads(text.partition("\n\n")[2]) == {"pin": "***", "n": 7}
    assert not any(part in text for part in ("cr", "hunter22", base64.b64encode(b"carla:hunter22").decode()))
