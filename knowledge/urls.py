"""Routes under /api/v1/knowledge/; a trailing slash is taken off before they are matched."""

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from knowledge.api import views


class TextConverter(PathConverter):
    """Any text, line breaks as well: what is no good as an id is for the view to say."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value


register_converter(TextConverter, "text")

urlpatterns = [
    path("articles", views.ArticlesView.as_view()),
    path("articles/by-external-id/<text:external_id>", views.ExternalArticleView.as_view()),
    path("articles/<uuid:article_id>", views.ArticleView.as_view()),
    path("search", views.SearchView.as_view()),
]
