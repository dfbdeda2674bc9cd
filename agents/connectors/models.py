"""What administrators have connected: HTTP calls, and the tools of MCP servers. One name, one tool, whatever its kind."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from agents.memory import SLOTS
from config.common.crypto import EncryptedTextField

NAME = RegexValidator(
    r"\A[a-z][a-z0-9_]*\Z", "Use lower-case letters, digits and underscores, beginning with a letter."
)
_FACTS = ", ".join(SLOTS)


class ConfiguredTool(models.Model):
    """What all configured tools have, in one table: a name is given once."""

    class Risk(models.TextChoices):
        READ = "read", "Reads: called at once"
        WRITE = "write", "Writes: the customer confirms"
        APPROVAL = "approval", "Writes: a colleague approves"

    class Identity(models.TextChoices):
        ANONYMOUS = "anonymous", "Everybody"
        IDENTIFIED = "identified", "Identified customers only"
        VERIFIED = "verified", "Customers with a proven e-mail address"

    name = models.CharField(
        max_length=64, unique=True, validators=[NAME], help_text="What the model calls, such as order_state."
    )
    enabled = models.BooleanField(default=True, help_text="The agent may use it.")
    description = models.TextField(
        max_length=2_000,
        help_text="For the model: what the tool does, and when to use it. The customer never sees this.",
    )
    label = models.CharField(
        max_length=100, help_text="What the customer reads while it works, such as “Looking up your order”."
    )
    title = models.CharField(
        "question",
        max_length=200,
        blank=True,
        help_text="What is to be confirmed or approved, with the arguments as {places}: Cancel order {number}. "
        "Needed for tools that write.",
    )
    risk = models.CharField(max_length=8, choices=Risk, default=Risk.APPROVAL)
    identity = models.CharField("for whom", max_length=10, choices=Identity, default=Identity.IDENTIFIED)
    tags = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="Comma-separated. None: every inbox. Otherwise only inboxes that share a tag.",
    )
    timeout = models.PositiveSmallIntegerField(
        "time limit (seconds)", default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HttpTool(ConfiguredTool):
    """A call of somebody's HTTP API. `agents.connectors.http` fills the templates and makes it."""

    class Method(models.TextChoices):
        GET = "GET", "GET"
        POST = "POST", "POST"
        PUT = "PUT", "PUT"
        PATCH = "PATCH", "PATCH"
        DELETE = "DELETE", "DELETE"

    class Auth(models.TextChoices):
        NONE = "none", "None"
        BEARER = "bearer", "Bearer token"
        BASIC = "basic", "User name and password"
        HEADER = "header", "A header of its own"

    method = models.CharField(max_length=6, choices=Method, default=Method.GET)
    url = models.CharField(
        "address",
        max_length=2_000,
        help_text="With {places} in the path: https://shop.example.com/orders/{number}. A place is filled by the "
        "parameter of that name, or by {customer.sub}, {customer.email} or {customer.name} of an identified customer, or by "
        "{customer.verified_email}.",
    )
    query = models.TextField(
        blank=True, max_length=4_000, help_text="One on each line, name=value: status=open or email={customer.email}."
    )
    headers = models.TextField(
        blank=True,
        max_length=4_000,
        help_text="One on each line, Name: value. Credentials belong into the authentication.",
    )
    body = models.TextField(
        "body (JSON)",
        blank=True,
        max_length=8_000,
        help_text='{"order": "{number}", "customer": "{customer.sub}"}. A text that is one place and nothing else '
        "becomes a number or true/false if the parameter is one.",
    )
    auth = models.CharField("authentication", max_length=6, choices=Auth, default=Auth.NONE)
    auth_name = models.CharField("user or header name", max_length=200, blank=True)
    secret = EncryptedTextField(blank=True, default="")
    repeatable = models.BooleanField(
        "knows repeated calls",
        default=False,
        help_text="The system takes two calls with the same Idempotency-Key header for one, so that a call whose end "
        "nobody saw may be made again.",
    )
    result = models.TextField(
        blank=True,
        max_length=4_000,
        help_text="What the model is told of a JSON answer, one on each line, Label: path (JMESPath): "
        "State: order.state. Empty: the whole answer.",
    )
    max_kilobytes = models.PositiveIntegerField(
        "largest answer (kB)", default=100, validators=[MinValueValidator(1), MaxValueValidator(1_000)]
    )

    class Meta:
        verbose_name = "HTTP tool"


class HttpParameter(models.Model):
    """What the model has to give to an HTTP tool."""

    class Type(models.TextChoices):
        STRING = "string", "Text"
        INTEGER = "integer", "Whole number"
        NUMBER = "number", "Number"
        BOOLEAN = "boolean", "True or false"
        ENUM = "enum", "One of a list"

    tool = models.ForeignKey(HttpTool, on_delete=models.CASCADE, related_name="parameters")
    name = models.CharField(max_length=64, validators=[NAME])
    type = models.CharField(max_length=7, choices=Type, default=Type.STRING)
    choices = models.CharField("list", max_length=1_000, blank=True, help_text="For one of a list: comma-separated.")
    description = models.CharField(max_length=500, blank=True, help_text="For the model.")
    required = models.BooleanField(default=True)
    secret = models.BooleanField(default=False, help_text="Blacked out wherever it would be kept or shown.")
    slot = models.CharField(
        "unless given",
        max_length=16,
        blank=True,
        default="",
        db_default="",
        choices=SLOTS,
        help_text="The model may leave it out: then what the customer said before is taken.",
    )

    class Meta:
        verbose_name = "parameter"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["tool", "name"], name="parameter_tool_name")]

    def __str__(self) -> str:
        return self.name


class McpServer(models.Model):
    """A server of the Model Context Protocol, spoken to over streamable HTTP."""

    name = models.CharField(
        max_length=64, unique=True, validators=[NAME], help_text="Goes in front of its tools' names."
    )
    url = models.CharField("address", max_length=2_000, help_text="Its endpoint, such as https://mcp.example.com/mcp.")
    header = models.CharField(
        "header", max_length=200, default="Authorization", help_text="The header that the secret is sent in."
    )
    secret = EncryptedTextField(blank=True, default="")
    enabled = models.BooleanField(default=True, help_text="Off: the agent may use none of its tools.")
    refreshed_at = models.DateTimeField("tools listed", null=True, editable=False)
    error = models.CharField("last error", max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name = "MCP server"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class McpTool(ConfiguredTool):
    """A tool of an MCP server, as it was when somebody last looked at it.

    offered: what the server said then, `{description, schema}`. changed: what it says now instead; until somebody has
    looked at that, the tool is suspended. gone: the server lists it no more.
    """

    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="tools", editable=False)
    remote_name = models.CharField("name on the server", max_length=200, editable=False)
    offered = models.JSONField(editable=False)
    changed = models.JSONField(null=True, editable=False)
    gone = models.BooleanField(default=False, editable=False)
    filled = models.TextField(
        "filled by the server",
        blank=True,
        default="",
        db_default="",
        max_length=4_000,
        help_text="One on each line, parameter=value: account={customer.sub} or email={customer.verified_email}. The model "
        "neither sees nor fills these.",
    )
    slots = models.TextField(
        "unless given",
        blank=True,
        default="",
        db_default="",
        max_length=4_000,
        help_text="One on each line, parameter=fact: number=order. The model may leave such a parameter out: then what the "
        f"customer said before is taken. Facts are {_FACTS}.",
    )

    class Meta:
        verbose_name = "MCP tool"
        constraints = [models.UniqueConstraint(fields=["server", "remote_name"], name="mcp_tool_server_name")]
