"""Routes under /api/v1/; a trailing slash is taken off before they are matched."""

from django.urls import path

from support.api import actions, conversations, messages, sessions, webhooks

urlpatterns = [
    path("sessions", sessions.SessionsView.as_view()),
    path("sessions/<uuid:session_id>", sessions.SessionView.as_view()),
    path("sessions/<uuid:session_id>/refresh", sessions.SessionRefreshView.as_view()),
    path("conversations", conversations.ConversationsView.as_view()),
    path("conversations/<uuid:conversation_id>", conversations.ConversationView.as_view()),
    path("conversations/<uuid:conversation_id>/messages", messages.MessagesView.as_view()),
    path("conversations/<uuid:conversation_id>/events", messages.EventsView.as_view()),
    path("conversations/<uuid:conversation_id>/handoff", conversations.HandoffView.as_view()),
    path("conversations/<uuid:conversation_id>/close", conversations.CloseView.as_view()),
    path("conversations/<uuid:conversation_id>/claim", conversations.ClaimView.as_view()),
    path("conversations/<uuid:conversation_id>/replies", conversations.RepliesView.as_view()),
    path("conversations/<uuid:conversation_id>/release", conversations.ReleaseView.as_view()),
    path("messages/<uuid:message_id>/rating", messages.RatingView.as_view()),
    path("actions/<uuid:action_id>/confirm", actions.ConfirmView.as_view()),
    path("actions/<uuid:action_id>/decline", actions.DeclineView.as_view()),
    path("webhooks", webhooks.WebhooksView.as_view()),
    path("webhooks/<uuid:webhook_id>", webhooks.WebhookView.as_view()),
    path("webhooks/<uuid:webhook_id>/rotate-secret", webhooks.WebhookSecretView.as_view()),
    path("webhooks/<uuid:webhook_id>/test", webhooks.WebhookTestView.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries", webhooks.DeliveriesView.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries/<int:delivery_id>", webhooks.DeliveryView.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries/<int:delivery_id>/replay", webhooks.ReplayView.as_view()),
]
