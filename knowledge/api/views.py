"""The REST endpoints of articles and of searching them. They validate, call, and shape; no more."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common.api import Pagination
from config.common.bodies import choice, errors, integer, invalid, text, valid, whole, words
from config.common.scopes import allow
from config.common.text import check_text
from knowledge import ingestion, retrieval
from knowledge.api import passages, queries
from knowledge.api import serializers as s
from knowledge.api.caller import caller
from knowledge.audience import EVERYTHING
from knowledge.ingestion import Draft, Outcome
from knowledge.limits import MAX_EXTERNAL_ID, MAX_TITLE, external_id_problem
from knowledge.models import Article

_READ_WRITE = (allow(scope="knowledge:read", write_scope="knowledge:write"),)
MAX_QUESTION = 1000
MAX_KEY = 64
_QUESTION = {"type": "string", "minLength": 1, "maxLength": MAX_QUESTION, "pattern": r"\S"}


def article_response(article_id: UUID, status: int = 200) -> Response:
    """The article as it is now, for whoever has just written it."""
    return Response(queries.shape(queries.find(article_id, EVERYTHING)), status=status)


class ArticlesView(APIView):
    """The list of articles."""

    permission_classes = _READ_WRITE

    @extend_schema(
        operation_id="list_articles",
        tags=["knowledge"],
        parameters=[
            OpenApiParameter("status", str, enum=Article.Status.values),
            OpenApiParameter("audience", str, enum=Article.Audience.values),
            OpenApiParameter("index_state", str, enum=Article.IndexState.values),
            words("external_id", MAX_EXTERNAL_ID, "Exactly this external id."),
            words("q", MAX_TITLE, "Words from the title, in any case."),
            *Pagination.PARAMETERS,
        ],
        responses={200: s.ArticleListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Articles, the newest first. A key that is limited to inboxes sees the published ones that are for them."""
        articles = queries.visible(caller(request).audience()).order_by("-created_at", "-id")
        filters = {
            "status": choice(request, "status", Article.Status.values),
            "audience": choice(request, "audience", Article.Audience.values),
            "index_state": choice(request, "index_state", Article.IndexState.values),
            "external_id": text(request, "external_id", MAX_EXTERNAL_ID),
            "title__icontains": text(request, "q", MAX_TITLE),
        }
        articles = articles.filter(**{name: value for name, value in filters.items() if value is not None})
        pages = Pagination()
        page = pages.paginate_queryset(articles, request, view=self) or []
        return pages.get_paginated_response([queries.shape(article) for article in page])

    @extend_schema(
        operation_id="create_article",
        tags=["knowledge"],
        request=s.ArticleInput,
        responses={201: s.ArticleOutput, **errors(400, 401, 403, 409)},
    )
    def post(self, request: Request) -> Response:
        """Create an article; 409 when another one has its `external_id`."""
        caller(request).require_unlimited()
        article, _ = ingestion.save(Draft(**valid(s.ArticleInput, request.data)))
        return article_response(article.pk, status=201)


class ArticleView(APIView):
    """One article."""

    permission_classes = _READ_WRITE

    @extend_schema(
        operation_id="read_article",
        tags=["knowledge"],
        responses={200: s.ArticleOutput, **errors(401, 403, 404)},
    )
    def get(self, request: Request, article_id: UUID) -> Response:
        """The article with the text of its current version."""
        return Response(queries.shape(queries.find(article_id, caller(request).audience())))

    @extend_schema(
        operation_id="change_article",
        tags=["knowledge"],
        request=s.ArticleInput,
        responses={200: s.ArticleOutput, **errors(400, 401, 403, 404, 409)},
    )
    def patch(self, request: Request, article_id: UUID) -> Response:
        """Change some fields. A new title or body makes a new version; its unchanged parts go on answering."""
        caller(request).require_unlimited()
        article = queries.find(article_id, EVERYTHING)
        ingestion.save(Draft(**valid(s.ArticleInput, request.data, partial=True)), article)
        return article_response(article_id)

    @extend_schema(operation_id="delete_article", tags=["knowledge"], responses={204: None, **errors(401, 403, 404)})
    def delete(self, request: Request, article_id: UUID) -> Response:
        """Delete the article with all its versions. To keep them, archive it instead."""
        caller(request).require_unlimited()
        ingestion.delete(article_id)
        return Response(status=204)


class ExternalArticleView(APIView):
    """An article by its id in another system."""

    permission_classes = _READ_WRITE

    @extend_schema(
        operation_id="put_article",
        tags=["knowledge"],
        request=s.ArticleInput,
        parameters=[OpenApiParameter("external_id", str, OpenApiParameter.PATH, description="May contain slashes.")],
        responses={200: s.ArticleOutput, 201: s.ArticleOutput, **errors(400, 401, 403, 409)},
    )
    def put(self, request: Request, external_id: str) -> Response:
        """Create the article (201) or change it (200); sending what it already says changes nothing.

        Fields that are left out stay as they are.
        """
        caller(request).require_unlimited()
        if problem := external_id_problem(external_id):
            raise invalid("external_id", problem)
        body = valid(s.ArticleInput, request.data)
        if body.pop("external_id", "") not in {"", external_id}:
            raise invalid("external_id", "must be the one in the address, or be left out")
        draft = Draft(external_id=external_id, **body)
        article, outcome = ingestion.upsert(draft)
        return article_response(article.pk, status=201 if outcome == Outcome.CREATED else 200)


class SearchView(APIView):
    """Searching."""

    permission_classes = (allow(scope="knowledge:read"),)

    @extend_schema(
        operation_id="search_knowledge",
        tags=["knowledge"],
        parameters=[
            OpenApiParameter("q", _QUESTION, required=True, description="The question."),
            whole(
                "limit",
                retrieval.MAX_LIMIT,
                f"At most so many passages; {retrieval.DEFAULT_LIMIT} unless told.",
                minimum=1,
            ),
            words("inbox", MAX_KEY, "An inbox key: what its identified customers would find."),
        ],
        responses={200: s.SearchOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """The passages that fit best, best first."""
        question = check_text(request.query_params.get("q", ""), MAX_QUESTION, "q")
        limit = integer(request, "limit", retrieval.DEFAULT_LIMIT, retrieval.MAX_LIMIT, minimum=1)
        audience = caller(request).audience(text(request, "inbox", MAX_KEY))
        return Response(passages.shape(retrieval.search(question, audience, limit)))
