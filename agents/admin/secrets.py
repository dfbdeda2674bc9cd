"""A credential in a form: it can be set and replaced, and is never shown."""

from typing import Any

from django import forms

LONGEST = 4_000


class SecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row with a `secret`, which is sent to `url`."""

    new_secret = forms.CharField(
        label="Secret",
        required=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 40}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_secret" in self.fields:
            self.fields["new_secret"].help_text = (
                "A secret is stored, encrypted. Leave this empty to keep it; what you type replaces it."
                if self.instance.secret
                else "Stored encrypted, and never shown again."
            )

    def clean_new_secret(self) -> str:
        """What a header can carry."""
        secret: str = self.cleaned_data["new_secret"]
        if not (secret.isascii() and (secret.isprintable() or not secret)):
            raise forms.ValidationError("A secret has printable ASCII characters only.")
        return secret

    def keep_secret(self, url: str) -> None:
        """Set the row's secret from the form. One that is kept does not go elsewhere than it went before.

        Whoever may change the address could else have the secret sent to themselves.
        """
        new = self.cleaned_data.get("new_secret") or ""
        if not new and self.instance.secret and origin(url) != origin(self.instance.url):
            self.add_error("new_secret", "The address leads elsewhere: type the secret again.")
        elif new:
            self.instance.secret = new


def origin(url: str) -> str:
    """Scheme, host and port."""
    return "/".join(url.split("/", 3)[:3]).lower()
