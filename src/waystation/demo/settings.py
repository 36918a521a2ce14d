"""What a double does, fixed when it starts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Times are seconds. Raises ValueError for a number out of its range."""

    keys: tuple[str, ...] = ()  # bearer keys that are known; none: any caller may call
    models: tuple[str, ...] = ("demo-large", "demo-small", "demo-reason", "demo-cache")  # listed; any name is answered
    prefix: str = "/v1"
    latency_s: float = 0.0  # silence before the first byte
    chunks: int = (
        0  # content chunks in a stream; a shorter reply is repeated until it fills them; 0: one for each token
    )
    chunk_gap_s: float = 0.0  # silence between two chunks
    reply: str | None = None  # a fixed text, instead of an echo of the last message
    boundless: bool = False  # it answers at full length, whatever max_tokens says
    fault: str | None = None  # in force for every call from the start, as `fault_named` reads it
    redirect_to: str = "http://elsewhere.invalid/v1/chat/completions"  # where the redirecting faults point
    max_head_bytes: int = 256 << 10
    max_body_bytes: int = 64 << 20
    kept_calls: int = 1000  # calls remembered with their headers
    kept_body_bytes: int = 256 << 10  # of each remembered call's body; a thousand such are 256 MB at the very worst
    kept_usages: int = 200_000  # completions whose usage can still be asked for
    kept_responses: int = 1000  # of OpenAI's Responses that were to be stored

    def __post_init__(self) -> None:
        if min(self.latency_s, self.chunk_gap_s) < 0:
            raise ValueError("latency and chunk gap are seconds, at least 0")
        if not 0 <= self.chunks <= 1_000_000:  # a reply of a million chunks is made at once, some 100 MB
            raise ValueError("chunks are between 0 and 1000000")
        if not self.prefix.startswith("/") or self.prefix.endswith("/"):
            raise ValueError(f"a prefix starts with a slash and does not end with one: {self.prefix!r}")
