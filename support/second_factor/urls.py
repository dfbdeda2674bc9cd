"""Where the pages are. Of allauth's own pages none is reachable."""

from django.urls import path
from django.views.decorators.http import require_POST

from support import signin
from support.second_factor import adding, pages

urlpatterns = [
    path("", pages.Overview.as_view(), name="second_factor"),
    path("again/", require_POST(signin.sign_in_again), name="second_factor_again"),
    path("app/", adding.AddApp.as_view(), name="second_factor_app"),
    path("key/", adding.AddKey.as_view(), name="second_factor_key"),
    path("key/<int:pk>/", adding.RenameKey.as_view(), name="second_factor_rename"),
    path("remove/<int:pk>/", pages.Remove.as_view(), name="second_factor_remove"),
    path("codes/", pages.RenewCodes.as_view(), name="second_factor_codes"),
]
