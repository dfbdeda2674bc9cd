"""What nobody announced is found in PostgreSQL, within a second or so: wake-ups may be lost."""

UNANNOUNCED_MESSAGE = """
WITH conversation AS (
    UPDATE support_conversation SET last_seq = last_seq + 1 WHERE id = %s RETURNING id, last_seq
)
INSERT INTO support_message
    (id, conversation_id, seq, role, author_name, text, citations, notice, rating_reason, rating_comment)
SELECT gen_random_uuid(), id, last_seq, 'system', '', 'Nobody told you.', '[]', 'queued', '', '' FROM conversation
"""
UNANNOUNCED_STATE = "UPDATE support_conversation SET state = 'closed', version = version + 1 WHERE id = %s"


async def test_a_message_that_nobody_announced(live):
    """Red when Repair.compare wakes nobody, or Feed.is_behind does not look at the cursor."""
    customer = live.customer()
    customer.send("Hello", wait=20)
    async with customer.socket(after=len(customer.messages())) as line:
        live.rows(UNANNOUNCED_MESSAGE, customer.conversation)
        assert (await line.message(role="system"))["text"] == "Nobody told you."


async def test_a_state_that_nobody_announced(live):
    """Red when Repair.compare wakes nobody, or Feed.is_behind does not look at the version."""
    customer = live.customer()
    customer.send("Hello", wait=20)
    async with customer.socket() as line:
        live.rows(UNANNOUNCED_STATE, customer.conversation)
        assert (await line.until("conversation.updated"))["conversation"]["state"] == "closed"
