"""A vendor of our own: what `demo-upstream` and `serve --demo` answer with, and what tests break.

It speaks OpenAI's chat, completions, responses (responses/) and embeddings, Anthropic's messages (anthropic/), Gemini
(gemini/) and Cohere's embeddings over raw sockets, so that a fault decides on every byte. A path leads to a `Language`
(places, language), which reads a request, as strictly as its vendor, into a `ChatAsk` (ask). The ask becomes a `Reply`
with its usage (replies), the same in all languages; the language tells the reply in payloads, which become an
`Answer` with its framing (scene, forms, answer), and the answer a script of steps that a connection plays. A fault is
another way to write that script (faults/). What a language seals (seals), it wants back unchanged in the next turn.
`upstream` is the door; nothing here imports another room.
"""
