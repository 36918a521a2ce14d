"""An OpenAI-compatible vendor of our own: what `demo-upstream` and `serve --demo` answer with, and what tests break.

It speaks the wire shape of POST /v1/chat/completions (plain and streamed) and GET /v1/models over raw sockets, so
that a fault decides on every byte. A request becomes a `ChatAsk` (ask), the ask a `Reply` with its usage (replies),
the reply an `Answer` with its framing (answer), and the answer a script of steps (script) that a connection plays.
A fault is another way to write that script (faults/). `upstream` is the door; nothing here imports another room.
"""
