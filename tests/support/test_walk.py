"""The shortest way through the product: a frame in, a row, a search, a streamed reply, a row, a frame out."""


async def test_a_question_gets_a_streamed_cited_answer(live):
    customer = live.customer()
    async with customer.socket() as line:
        assert line.ready["last_seq"] == 0
        client_id = await line.ask("How do I start it?")
        ack = await line.until("message.ack")
        assert ack["client_id"] == client_id
        assert ack["seq"] == 1
        answer = await line.message(role="assistant")
    assert answer["text"] == "You find this in the help centre [1]."
    assert answer["engine"] == "llm"
    assert [citation["index"] for citation in answer["citations"]] == [1]
    kinds = [frame["type"] for frame in line.seen]
    assert kinds.index("answer.started") < kinds.index("answer.delta") < len(kinds) - 1
    started = next(frame for frame in line.seen if frame["type"] == "answer.started")
    assert started["run"] == answer["run"]
    assert started["in_reply_to"] == 1
    assert customer.messages() == [line.seen[kinds.index("message.created")]["message"], answer]
