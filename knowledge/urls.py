"""Routes under /api/v1/knowledge/; a trailing slash is taken off before they are matched."""

from django.urls import path

from knowledge.api import views

urlpatterns = [
    path("articles", views.ArticlesView.as_view()),
    path("articles/by-external-id/<path:external_id>", views.ExternalArticleView.as_view()),
    path("articles/<uuid:article_id>", views.ArticleView.as_view()),
    path("search", views.SearchView.as_view()),
]
