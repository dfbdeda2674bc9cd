"""All routes."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from config import health
from support import pages, signin, signin_code
from support.single_sign_on import views as single_sign_on

# The API documents' own scripts style their elements inline, and Redoc searches in a worker.
_documents = csp_update({"style-src": ["'unsafe-inline'"], "worker-src": ["blob:"]})

urlpatterns = [
    path("", pages.home),
    path("help/<slug:slug>/", pages.help_article),
    path("chat/<str:inbox_key>", pages.chat),
    path("widget.js", pages.widget_js),
    path("admin/login/", signin.SignIn.as_view(), name="sign_in"),
    path("admin/login/code/", signin_code.SecondStep.as_view(), name="sign_in_code"),
    path("admin/login/oidc/", single_sign_on.begin, name="sign_in_oidc"),
    path("admin/login/oidc/callback/", single_sign_on.callback, name="sign_in_oidc_callback"),
    path("admin/second-factor/", include("support.second_factor.urls")),
    path("admin/logout/", signin.sign_out),
    path("admin/", admin.site.urls),
    path("api/v1/", include("support.api.urls")),
    path("api/v1/knowledge/", include("knowledge.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/schema/swagger-ui/", _documents(SpectacularSwaggerSplitView.as_view(url_name="schema"))),
    path("api/schema/redoc/", _documents(SpectacularRedocView.as_view(url_name="schema"))),
    path("health", health.health),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
