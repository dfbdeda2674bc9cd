"""Administrators configure HTTP tools: mistakes are found in the form, credentials never come back, a trial shows all of it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now

from agents.connectors.models import HttpTool
from agents.models import ToolCall
from config.common import crypto
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

TOOLS, CALLS = "/admin/agents/httptool/", "/admin/agents/toolcall/"
PARAMETER = {"name": "number", "type": "integer", "choices": "", "description": "", "required": "on"}


def form(*parameters, **changed):
    """What the form sends for a good tool, with changes."""
    fields = {
        "name": "order",
        "enabled": "on",
        "description": "Look up an order.",
        "label": "Looking",
        "title": "",
        "risk": "read",
        "identity": "identified",
        "tags": "",
        "timeout": 10,
        "method": "GET",
        "url": "https://shop.example.com/orders/{number}",
        "query": "",
        "headers": "",
        "body": "",
        "auth": "bearer",
        "auth_name": "",
        "new_secret": "hunter22",
        "result": "State: state",
        "max_kilobytes": 100,
    }
    rows = parameters or (PARAMETER,)
    fields |= {"parameters-TOTAL_FORMS": len(rows), "parameters-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        fields |= {f"parameters-{number}-{name}": value for name, value in row.items()}
    return fields | changed


def problems(**changed) -> str:
    """What the page says to a form that is not taken."""
    response = browser("rita").post(f"{TOOLS}add/", form(**changed))
    assert response.status_code == 200, "the form was taken"
    found = dict(response.context["adminform"].form.errors)
    inline = response.context["inline_admin_formsets"][0].formset.non_form_errors()
    return json.dumps(found) + json.dumps(list(inline))


def test_parameters_are_called_so():
    """Red when HttpParameter has no name for people: the console would say “Http parameters”."""
    page = browser("rita").get(f"{TOOLS}add/").text
    assert ("Parameters" in page, "Add another Parameter" in page, "ttp parameter" in page.lower()) == (
        True,
        True,
        False,
    )


def test_a_tool_is_added_with_its_parameters():
    assert browser("rita").post(f"{TOOLS}add/", form()).status_code == 302
    tool = HttpTool.objects.get()
    assert (tool.name, tool.secret, tool.parameters.get().type) == ("order", "hunter22", "integer")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "Order state"}, "lower-case letters"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"name": "search_knowledge"}, "There is a tool of this name in the code"),
        ({"url": "ftp://shop.example.com/{number}"}, "http or https"),
        ({"url": "https://{number}.example.com/"}, "in the path only"),
        ({"url": "https://shop.example.com/?n={number}"}, "in the path only"),
        ({"url": "https://carla:pw@shop.example.com/{number}"}, "belong into the authentication"),
        ({"url": "https://shop.example.com/{order}"}, "there is no parameter of that name"),
        ({"identity": "anonymous", "query": "c={customer.sub}"}, "identified customers only"),
        ({"title": "Look up {customer.name}"}, "can only show parameters"),
        ({"query": "just words"}, "is not of the form"),
        ({"headers": "Authorization: Bearer x"}, "cannot be set here"),
        ({"headers": "Host: inside"}, "cannot be set here"),
        ({"body": "{}"}, "has no body"),
        ({"method": "POST", "body": '{"n": {number}}'}, "This is not JSON"),
        ({"result": "State: order["}, "not a JMESPath expression"),
        ({"risk": "write"}, "Say what is to be confirmed"),
        ({"method": "DELETE"}, "DELETE writes."),
        ({"new_secret": ""}, "Type the secret."),
        ({"new_secret": "a\u00fc"}, "printable ASCII"),
        ({"auth": "header", "auth_name": "X Key"}, "Name the header."),
        ({"auth": "basic", "auth_name": "a:b"}, "without a colon"),
        ({"timeout": 31}, "less than or equal to 30"),
        ({"timeout": 0}, "greater than or equal to 1"),
        ({"max_kilobytes": 1_001}, "less than or equal to 1000"),
    ],
)
def test_mistakes_are_found_in_the_form(changed, said):
    """Red when `http_problems` or `parameter_problems` are not asked."""
    assert said in problems(**changed)
    assert not HttpTool.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"required": ""}, "has to be required"),
        ({"type": "enum"}, "needs a list"),
        ({"type": "number", "slot": "order"}, "takes no fact"),
        ({"name": "other"}, "is not used anywhere"),
        ({"name": "customer.sub"}, "lower-case letters"),
    ],
)
def test_parameters_have_to_fit(row, said):
    """Red when `parameter_problems` leaves one of its lines out."""
    response = browser("rita").post(f"{TOOLS}add/", form(PARAMETER | row))
    formset = response.context["inline_admin_formsets"][0].formset
    assert said in json.dumps([formset.non_form_errors(), formset.errors])


@pytest.mark.parametrize("row", [{"type": "integer"}, {"type": "string"}, {"type": "enum", "choices": "1001\n1002"}])
def test_texts_lists_and_whole_numbers_take_facts(row):
    """Red when `parameter_problems` takes one of them for a parameter that can take no fact."""
    assert browser("rita").post(f"{TOOLS}add/", form(PARAMETER | row | {"slot": "order"})).status_code == 302
    assert HttpTool.objects.get().parameters.get().slot == "order"


@pytest.fixture
def stored(connect):
    return connect(("number", "integer"), query="n={number}", auth="bearer", secret="hunter22")


def change(tool, **changed):
    fields = form(**{"name": tool.name, "url": tool.url, "query": tool.query, "new_secret": "", "title": "T"} | changed)
    row = tool.parameters.get()
    fields |= {"parameters-INITIAL_FORMS": 1, "parameters-0-id": row.pk, "parameters-0-tool": tool.pk}
    return browser("rita").post(f"{TOOLS}{tool.pk}/change/", fields)


def test_a_secret_is_kept_replaced_and_never_shown(stored):
    """Red when the widget renders its value, and when an empty field empties the secret."""
    page = browser("rita").get(f"{TOOLS}{stored.pk}/change/").content.decode()
    assert "hunter22" not in page
    assert "A secret is stored" in page
    assert change(stored).status_code == 302
    assert HttpTool.objects.get().secret == "hunter22"
    assert change(stored, new_secret="another1").status_code == 302
    assert HttpTool.objects.get().secret == "another1"
    assert change(stored, auth="none").status_code == 302
    assert HttpTool.objects.get().secret == ""


def test_a_secret_does_not_follow_to_another_site(stored):
    """Whoever may change the address could have it sent to themselves. Red when `keep_secret` compares no origins."""
    response = change(stored, url="https://evil.example/thing")
    assert "type the secret again" in str(response.context["adminform"].form.errors)
    assert change(stored, url=f"{stored.url}/else").status_code == 302
    assert change(stored, url="https://elsewhere.example/", new_secret="hunter33").status_code == 302


def test_a_secret_is_stored_encrypted_and_rotated(stored, settings, fresh_box):
    """Red when `secret` is a plain TextField."""

    def raw() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM agents_httptool")
            return cursor.fetchone()[0]

    before, new = raw(), Fernet.generate_key().decode()
    assert "hunter22" not in before
    old = crypto._keys()
    settings.SESSION_ENCRYPTION_KEYS = [new, *old]
    fresh_box()
    out = StringIO()
    call_command("rotate_keys", stdout=out, stderr=out)
    assert raw() != before
    settings.SESSION_ENCRYPTION_KEYS = [new]
    fresh_box()
    assert HttpTool.objects.get().secret == "hunter22"


def attempt(tool, **fields):
    return browser("rita").post(f"{TOOLS}{tool.pk}/try/", {"arguments": '{"number": 7}', "sub": "carla-1"} | fields)


def test_a_trial_shows_what_went_over_the_wire(stored, system):
    """Red when `shown` keeps the credential, or the answer that repeats it."""
    system.says({"state": "shipped", "you": "Bearer hunter22"})
    response = attempt(stored)
    trial, page = response.context["trial"], response.content.decode()
    assert trial.state == "done"
    assert trial.request.startswith(f"GET {system.url}/thing?n=7\n")
    assert "Authorization: ***" in trial.request
    assert trial.response.startswith("200 application/json")
    assert '"state": "shipped"' in trial.told
    assert trial.took_ms > 0
    assert "hunter22" not in page
    assert system.asked[0].headers["authorization"] == "Bearer hunter22"
    history = browser("rita").get(f"{TOOLS}{stored.pk}/history/").content.decode()
    assert "Tried it: done" in history


@pytest.mark.parametrize(
    ("status", "state", "told"),
    [(404, "failed", "The tool failed: The system answered 404."), (500, "unknown", "The tool failed.")],
)
def test_a_trial_that_fails(stored, system, status, state, told):
    system.says({}, status)
    trial = attempt(stored).context["trial"]
    assert (trial.state, trial.told) == (state, told)
    assert trial.response.startswith(str(status))


def test_a_trial_of_what_is_not_reached_says_why_to_the_administrator(stored, system, settings):
    settings.FETCH_ALLOWED_NETWORKS = ()
    trial = attempt(stored).context["trial"]
    assert "not a public address" in trial.response
    assert trial.told == "The tool failed: The system behind the tool cannot be reached."


def test_what_writes_is_tried_only_when_it_is_meant(connect, system):
    """Red when `TrialForm` does not ask for the tick."""
    tool = connect(risk="approval", method="POST")
    page = browser("rita").get(f"{TOOLS}{tool.pk}/try/").content.decode()
    assert "This tool writes." in page
    refused = attempt(tool, arguments="{}")
    assert "really" in refused.context["form"].errors
    assert system.asked == []
    assert attempt(tool, arguments="{}", really="on").context["trial"].state == "done"
    assert len(system.asked) == 1


def test_wrong_arguments_are_not_sent(stored, system):
    assert "arguments" in attempt(stored, arguments='{"number": "x"}').context["form"].errors
    assert system.asked == []


@pytest.mark.parametrize("who", ["alice", "ed"])
def test_only_administrators_see_or_change_any_of_it(stored, system, who):
    """Red when a group gets the permissions, and when `trial_view` asks for none."""
    client = browser(who)
    pages = [TOOLS, f"{TOOLS}add/", f"{TOOLS}{stored.pk}/change/", f"{TOOLS}{stored.pk}/try/", CALLS]
    pages += ["/admin/agents/mcpserver/", "/admin/agents/mcptool/"]
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(f"{TOOLS}{stored.pk}/try/", {"arguments": '{"number": 7}'}).status_code == 403
    assert system.asked == []


def call(**fields):
    row = {"run": "00000000-0000-0000-0000-000000000001", "call": "c", "tool": "thing", "risk": "read"}
    return ToolCall.objects.create(**(row | {"arguments": {}, "state": "done", "took_ms": 1.0} | fields))


def test_the_list_says_how_each_tool_is_doing(stored):
    call()
    call(state="failed")
    old = call(state="unknown")
    ToolCall.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=8))
    page = browser("rita").get(TOOLS)
    (row,) = page.context["cl"].result_list
    assert (row.trouble, row.last_call is not None) == (1, True)
    assert f'{CALLS}?tool=thing">1</a>' in page.content.decode()


def test_recorded_calls_are_listed_filtered_and_read_only():
    made = call(state="unknown", arguments={"note": "<b>x</b>", "pin": "•••"}, result="<script>1</script>")
    call(tool="other")
    rita = browser("rita")
    assert [row.pk for row in rita.get(f"{CALLS}?state__exact=unknown&tool=thing").context["cl"].result_list] == [
        made.pk
    ]
    page = rita.get(f"{CALLS}{made.pk}/change/").content.decode()
    assert "&lt;script&gt;1" in page
    assert "<script>1" not in page
    assert rita.post(f"{CALLS}{made.pk}/change/", {"tool": "x"}).status_code == 403
    assert rita.get(f"{CALLS}add/").status_code == 403
    assert rita.post(f"{CALLS}{made.pk}/delete/", {"post": "yes"}).status_code == 403


def test_nothing_secret_is_logged(stored, system, capfd, settings):
    """Whatever goes wrong. Red when an event carries the answer."""
    for status in (200, 404, 500):
        system.says({"detail": "hunter22 body-of-answer"}, status)
        attempt(stored)
    written = "".join(capfd.readouterr())
    assert not any(word in written for word in ("hunter22", "body-of-answer"))
