"""The faults of the demo upstream, by whose they are, and by whether a caller may hear of them."""

from typing import Final

# Of a key: another key of the same upstream may be good.
OF_KEYS: Final = (
    *("429", "429-retry-after", "429-retry-after-ms", "429-retry-after-date", "429-retry-after-huge"),
    *("429-retry-after-garbage", "401", "keyleak-401", "403", "429-arrears", "error-200"),
    *("arrears-dashscope", "arrears-zhipu", "arrears-zhipu-plan", "arrears-minimax", "arrears-moonshot"),
    *("arrears-ark", "arrears-ark-quota", "arrears-ark-own-limit", "arrears-deepseek", "arrears-siliconflow"),
)

# Of all keys of an upstream at once; they come back within seconds.
OF_ALL_KEYS: Final = ("429", "429-retry-after", "429-retry-after-ms", "429-retry-after-date", "429-retry-after-garbage")

# Nobody listens on the port, and what was open breaks. No fault of the demo's: its server is stopped.
CLOSED: Final = "closed"

# Of an upstream, before anything that could go to a caller.
OF_UPSTREAMS: Final = (
    *(CLOSED, "refuse", "reset-before-response", "fin-before-response", "reset-after-headers"),
    *("hang-before-headers", "404", "408", "500", "502", "503", "504", "529", "redirect", "redirect-307"),
    *("html-200", "html-as-json", "empty-200", "garbage", "head-unfinished", "gzip", "gzip-bomb=64"),
    *("double-content-length", "te-and-cl", "bad-chunk-size", "huge-chunk-size", "huge-header", "many-headers"),
    *("error-event-first", "deep-json", "truncated-first-chunk"),
)
OF_STREAMS: Final = ("empty-stream", "hang-before-first-chunk", "json-for-stream")

# After the first byte of a stream; a plain answer has none until it is whole. Some of them are healed on the way.
LATE: Final = (
    *("reset-mid-stream", "fin-mid-stream", "hang-mid-stream", "truncated-json", "error-event-mid"),
    *("malformed-json-event", "no-finish", "huge-line=2000000", "endless-line=4000000"),
)

# Odd, and right all the same.
ODD: Final = (
    *("slow-drip=0.0001", "rechunk", "split-utf8", "http10-close", "100-continue", "103-early-hints", "trailers"),
    *("bom", "crlf", "cr", "comments", "no-space", "multiline-data", "event-fields", "no-done", "chunk-extensions"),
    *("close-idle", "stale-on-reuse", "extra-bytes-after-response", "internal-headers", "hop-headers"),
)

ALL: Final = (*OF_KEYS, *OF_UPSTREAMS, *OF_STREAMS, *LATE, *ODD)
