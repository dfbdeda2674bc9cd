"""The types of events, each with what it tells of."""

TYPES = {
    "conversation.created": "A customer began a conversation.",
    "conversation.updated": "Who is in charge of a conversation changed, or whose it is.",
    "conversation.queued": "A conversation waits for a person.",
    "conversation.claimed": "A person took a conversation over.",
    "conversation.released": "A conversation went back to the agent.",
    "conversation.closed": "A conversation was closed.",
    "message.created": "Somebody wrote: a customer, the agent, a person, or the system.",
    "run.completed": "The agent is done with a question: a reply, a hand-off or a failure.",
    "article.updated": "An article was made or changed.",
    "rating.created": "A customer rated an answer.",
}
# Sent on request, whatever types a webhook has chosen.
TEST = "webhook.test"
