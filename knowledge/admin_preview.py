"""The preview beside an article's text: the renderer of the customers' pages, asked for a text that is being written."""

import json

from django.http import HttpRequest, JsonResponse

from config.common.text import storable
from knowledge.rendering import to_html

# Rendered while the editor types, so it has to be done in a moment: about half a second.
MAX_CHARACTERS = 200_000


def answer(request: HttpRequest) -> JsonResponse:
    """`{"html"}` for a request of `{"body"}`, or a problem with a `detail` to show."""
    try:
        body = json.loads(request.body)["body"]
    except (ValueError, KeyError, TypeError):
        body = None
    if not isinstance(body, str):
        return JsonResponse({"detail": "A preview needs a text."}, status=400)
    if not storable(body):
        return JsonResponse({"detail": "This text has characters that cannot be stored."}, status=400)
    if len(body) > MAX_CHARACTERS:
        detail = f"Texts of more than {MAX_CHARACTERS:,} characters have no preview here. Saving works."
        return JsonResponse({"detail": detail}, status=413)
    return JsonResponse({"html": to_html(body)})
