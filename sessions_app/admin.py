"""Inboxes, customers and API keys in the admin."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.common.audit.actions import Action
from config.common.audit.noting import Noting
from config.common.audit.trail import record
from config.common.fetch import FetchError
from knowledge.askers import ASKERS, Asker
from sessions_app import keysets, sites, verified
from sessions_app.hours_admin import WeeksShown, lines
from sessions_app.hours_field import CLOSED, WeekField
from sessions_app.models import ApiKey, Customer, Inbox, new_identity_secret


def _askers() -> Iterable[Asker]:
    for inbox in Inbox.objects.filter(is_active=True):
        yield Asker(inbox.key, f"Visitor of {inbox.name}", inbox.audience(identified=False), inbox.pk, inbox.name)
        known = f"Identified customer of {inbox.name}"
        yield Asker(f"{inbox.key}:identified", known, inbox.audience(identified=True), inbox.pk, inbox.name)


ASKERS.append(_askers)


class LinesField(forms.CharField):
    """A list of short texts, one on each line: commas are part of sentences."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 60})

    def __init__(self, *, separators: str = "\n", item_length: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self._separators, self._item_length = separators, item_length

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The list; blank lines are left out."""
        text = super().clean(value)
        for separator in self._separators:
            text = text.replace(separator, "\n")
        items = [line.strip() for line in text.splitlines() if line.strip()]
        for item in items:
            if len(item) > self._item_length:
                raise forms.ValidationError(f"“{item[:40]}…” is longer than {self._item_length} characters.")
        return items


def _default(field: str) -> Any:
    return getattr(Inbox(), field)


class InboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """An inbox, each field checked so that a mistake is found here and not by customers."""

    allowed_sites = LinesField(
        item_length=255,
        separators=",",
        help_text="Sites that may embed the chat, one on each line, such as https://www.example.com.",
    )
    suggestions = LinesField(item_length=120, help_text="Questions offered in an empty chat, one on each line.")
    opening_hours = WeekField(
        unnamed=CLOSED,
        help_text="When people answer, in 24-hour time: 9:00–12:00, 13:00–17:30. A span that ends before it starts goes on "
        "into the next day: 22:00–6:00. For the whole day write: all day. Once a day has hours, an empty one is closed; "
        "with all seven empty, somebody is always there.",
    )
    # A field of one's own does not take the model's default by itself: a browser would show the first choice, and black.
    timezone = forms.ChoiceField(
        choices=lambda: [(name, name) for name in sorted(available_timezones())], initial=_default("timezone")
    )
    accent_color = forms.CharField(
        initial=_default("accent_color"),
        widget=forms.TextInput(attrs={"type": "color"}),
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", "Write the colour as #rrggbb.")],
        help_text="Buttons and links of the chat. Text on it stays readable whatever you choose.",
    )

    class Meta:
        model = Inbox
        fields = ["name", "is_active", "locale", "reply_language", "welcome_text", "tags"]
        fields += ["identity_keys_url", "identity_audience"]
        labels = {"identity_keys_url": "Keys of your identity provider", "identity_audience": "Audience"}
        widgets = {"welcome_text": forms.Textarea(attrs={"rows": 3, "cols": 60})}
        help_texts = {
            "locale": "The chat's language when the page does not say, as a code. Fixed texts exist in en, de, es and fr.",
            "identity_keys_url": "The address of a JSON Web Key Set, such as https://login.example.com/jwks.json. Identity "
            "tokens may then be signed with its keys (RS256) as well as with the identity secret (HS256).",
            "identity_audience": "If set, identity tokens must name it as their audience (aud).",
            "reply_language": "What the assistant answers in: what the customer writes, or this inbox's language.",
            "tags": "Comma-separated. Untagged articles serve every inbox; a tagged one only inboxes that share a tag.",
        }

    def clean_allowed_sites(self) -> list[str]:
        """Origins, written the same way; the one that is not is named."""
        normalised = []
        for site in self.cleaned_data["allowed_sites"]:
            origin = sites.normalise(site)
            if origin is None:
                raise forms.ValidationError(
                    f"“{site}” is not a site. Write it as https://www.example.com, without a path."
                )
            normalised.append(origin)
        return list(dict.fromkeys(normalised))

    def clean_locale(self) -> str:
        """A language that there is, such as en or de-AT."""
        locale = str(self.cleaned_data["locale"]).strip()
        try:
            translation.get_language_info(locale.lower().replace("_", "-"))
        except KeyError:
            raise forms.ValidationError(f"“{locale}” is no language code. Write en, de, es or fr.") from None
        return locale

    def clean_identity_keys_url(self) -> str:
        """An address that has keys now."""
        url = str(self.cleaned_data["identity_keys_url"]).strip()
        if url and url != self.instance.identity_keys_url:
            try:
                keysets.load(url)
            except (FetchError, keysets.BadKeySet) as error:
                raise forms.ValidationError(f"The keys cannot be used: {error}.") from error
        return url


@admin.register(Inbox)
class InboxAdmin(WeeksShown, Noting):
    """One page says all about an inbox, also how to put it onto a site."""

    form = InboxForm
    nothing_yet = "An inbox is one place customers write from: a site, a brand. Its page has the snippet to put there."
    list_display = ["name", "key", "is_active", "locale", "sites", "timezone"]
    list_filter = ["is_active"]
    search_fields = ["name", "key"]
    actions = ["renew_identity_secret"]
    weeks = {"opening_hours": "hours"}
    fieldsets = [
        (None, {"fields": ["name", "is_active"]}),
        ("Where it may be used", {"fields": ["allowed_sites"]}),
        ("Look and words", {"fields": ["accent_color", "locale", "reply_language", "welcome_text", "suggestions"]}),
        ("People", {"fields": ["opening_hours", "timezone"]}),
        ("Knowledge", {"fields": ["tags"]}),
        ("Who is signed in", {"fields": ["identity_keys_url", "identity_audience"]}),
    ]

    class Media:
        css = {"all": ["admin_console/inbox.css"]}

    @admin.display(description="Opening hours")
    def hours(self, row: Inbox) -> str:
        """A line for each day."""
        return lines(row.opening_hours, unnamed=CLOSED, otherwise="Somebody is always there.")

    @admin.display(description="Allowed sites")
    def sites(self, row: Inbox) -> str:
        """The sites, readable."""
        return ", ".join(row.allowed_sites) or "none"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        inbox = kwargs.get("obj")
        if inbox is not None:
            context["widget_url"] = request.build_absolute_uri("/widget.js")
            context["chat_url"] = request.build_absolute_uri(f"/chat/{inbox.key}")
            # Whoever has the secret can write as any customer.
            context["identity_secret"] = inbox.identity_secret if request.user.is_superuser else None
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not request.user.is_superuser:
            actions.pop("renew_identity_secret", None)
        return actions

    @admin.action(description="Make a new identity secret (the old one stops working)", permissions=["change"])
    def renew_identity_secret(self, request: HttpRequest, queryset: QuerySet[Inbox]) -> None:
        """For a secret that leaked."""
        with transaction.atomic():
            for inbox in queryset:
                inbox.identity_secret = new_identity_secret()
                inbox.save(update_fields=["identity_secret"])
                self.log_change(request, inbox, "New identity secret")
        self.message_user(request, "New identity secrets are in force. Put them into your servers.", messages.SUCCESS)


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: customers say themselves who they are, or their site does."""

    nothing_yet = "Whoever writes in a chat is listed here."
    list_display = ["__str__", "email", "identity", "inbox", "created_at", "last_seen_at"]
    list_filter = ["inbox", "created_at"]
    list_select_related = ["inbox"]
    search_fields = ["name", "email", "sub"]
    show_full_result_count = False
    fields = ["inbox", "name", "email", "sub", "verified_address", "metadata", "created_at", "last_seen_at"]
    readonly_fields = ["verified_address"]

    @admin.display(description="Identity")
    def identity(self, row: Customer) -> SafeString:
        """Whether a signed identity token said who it is; most customers are anonymous, and nothing is wrong with it."""
        tone, text = ("is-good", "Identified") if row.identified else ("", "Anonymous")
        return format_html('<span class="rw-badge {}">{}</span>', tone, text)

    @admin.display(description="Verified address")
    def verified_address(self, row: Customer) -> str:
        """The e-mail address that they have proven to be theirs."""
        proven = verified.of(row.pk)
        return f"{proven.address} ({proven.get_how_display().lower()})" if proven else "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in ApiKey.SCOPES],
        widget=forms.CheckboxSelectMultiple,
        help_text="Give it only what it needs.",
    )
    inboxes = forms.ModelMultipleChoiceField(
        queryset=Inbox.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Limits the key to these; none: all inboxes.",
    )

    days = forms.TypedChoiceField(
        label="Works",
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "until it is revoked"), (30, "for 30 days"), (90, "for 90 days"), (365, "for a year")],
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "inboxes"]
        help_texts = {"name": "What it is for, such as “CRM”."}


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys are made and revoked, never changed; the key itself is shown once."""

    nothing_yet = "A key lets a program of yours use the REST API, as far as its scopes allow."
    list_display = ["name", "prefix", "scope_list", "state", "created_at", "last_used_at", "expires_at"]
    list_filter = ["revoked_at", "expires_at"]
    search_fields = ["name", "prefix"]
    actions = ["revoke"]
    readonly_fields = ["name", "prefix", "scope_list", "inboxes", "state", "created_at", "last_used_at"]
    readonly_fields += ["expires_at", "revoked_at"]

    @admin.display(description="Scopes")
    def scope_list(self, row: ApiKey) -> str:
        """The scopes, readable."""
        return ", ".join(row.scopes)

    @admin.display(description="State", ordering="revoked_at")
    def state(self, row: ApiKey) -> SafeString:
        """Whether it works."""
        tone, text = ("is-good", "Active")
        if row.revoked_at:
            tone, text = "is-bad", "Revoked"
        elif row.expires_at and row.expires_at <= timezone.now():
            tone, text = "is-bad", "Expired"
        return format_html('<span class="rw-badge {}">{}</span>', tone, text)

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({} if obj else {"form": ApiKeyForm}), **kwargs)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.readonly_fields if obj else [*ApiKeyForm.Meta.fields, "days"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.readonly_fields if obj else []

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One key at a time: after saving, there is the key to copy."""
        buttons = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**buttons, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            raise PermissionDenied
        asked = form.cleaned_data
        row, key = ApiKey.issue(obj.name, asked["scopes"], asked["inboxes"], asked["days"])
        request.issued_api_key = key  # type: ignore[attr-defined]
        obj.pk = row.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The key, in this answer only: a message would keep it in a cookie."""
        context = self.admin_site.each_context(request) | {
            "title": "Copy the key now",
            "opts": self.opts,
            "row": obj,
            "key": request.issued_api_key,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/sessions_app/apikey/issued.html", context)

    @admin.action(description="Revoke: the keys stop working at once", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """End keys for good."""
        with transaction.atomic():
            working = list(queryset.filter(revoked_at=None).select_for_update())
            for row in working:
                self.log_change(request, row, "Revoked")
                record(Action.API_KEY_REVOKED, "apikey", row.pk)
            count = ApiKey.objects.filter(pk__in=[row.pk for row in working]).update(revoked_at=Now())
        self.message_user(request, f"{count} key{'' if count == 1 else 's'} revoked.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False
