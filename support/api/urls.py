"""Routes under /api/v1/; a trailing slash is taken off before they are matched."""

from django.urls import path

from support.api import views

urlpatterns = [
    path("sessions", views.SessionsView.as_view()),
    path("sessions/<uuid:session_id>", views.SessionView.as_view()),
    path("sessions/<uuid:session_id>/refresh", views.SessionRefreshView.as_view()),
    path("conversations", views.ConversationsView.as_view()),
    path("conversations/<uuid:conversation_id>", views.ConversationView.as_view()),
    path("conversations/<uuid:conversation_id>/messages", views.MessagesView.as_view()),
    path("conversations/<uuid:conversation_id>/events", views.EventsView.as_view()),
    path("conversations/<uuid:conversation_id>/handoff", views.HandoffView.as_view()),
    path("conversations/<uuid:conversation_id>/close", views.CloseView.as_view()),
    path("conversations/<uuid:conversation_id>/claim", views.ClaimView.as_view()),
    path("conversations/<uuid:conversation_id>/replies", views.RepliesView.as_view()),
    path("conversations/<uuid:conversation_id>/release", views.ReleaseView.as_view()),
    path("messages/<uuid:message_id>/rating", views.RatingView.as_view()),
]
