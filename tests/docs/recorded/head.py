"""What stands on the page before the conversation."""

HEAD = """# A recorded conversation

A customer of a tea shop asks three of the shop's systems, wants money back, meets an outage of the model, and ends with a person. This page
is not written: a script plays the conversation against the running product and writes down what comes. A test plays it again and
compares: it fails when the page is not what happens now.

**What the model says, and which tools it asks for, is scripted** ([a double](../tests/fakes/model.py) speaks the protocol of a provider on a real socket). Everything else
is real: uvicorn, the worker, PostgreSQL, Valkey, [the example shop](connectors.md#try-it-with-the-example-shop) on a socket, the search, the extractive engine, the
claim check, the policy that hands over, the customer's [WebSocket](protocol.md) and the console's API.

An administrator has connected the shop with `add_example_connectors`, for this inbox alone, and let the customer confirm refunds, which in the
example a colleague approves. Ada is signed in at the shop: a signed identity says who she is, and that her address is verified.

How it is shown: `→` is what the customer's socket sends, `←` what it gets, each frame on a line. Ids have names instead; times, and what is
empty, are left out. Acknowledgements stand first. Of an answer that grows only the first words are shown, and of `conversation.updated` only
what changed of its state.

The test compares the words; pictures are taken when the page is written. Both are made anew with

```sh
make record
```
"""
