"""What a call used, in inclusive buckets with OpenTelemetry GenAI names."""

from typing import Final

import msgspec

_TIER_LENGTH_MAX: Final = 32
COUNT_MAX: Final = 1_000_000_000  # no answer of any model is longer; the largest context on sale is 10 million

# Vendors' words for the service that everybody gets.
USUAL_TIERS: Final = ("default", "standard", "auto", "unspecified")

# The mark of a count that was told before the answer's end: what the answer grew by since then is not in it.
PARTIAL: Final = "usage_partial"


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Tokens by bucket, and what else is paid for. None is "the vendor did not say", 0 is "none were used".

    Inclusive: `input_tokens` holds cache reads and writes, audio and images, `cache_creation_input_tokens` those that
    last an hour, `output_tokens` holds reasoning, audio and images. `seconds` are of audio or video, begun ones count;
    `service_tier` is the vendor's word for how it served the call.
    Raises: ValueError for a negative count.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation_1h_input_tokens: int | None = None
    reasoning_output_tokens: int | None = None
    audio_input_tokens: int | None = None
    audio_output_tokens: int | None = None
    image_input_tokens: int | None = None
    image_output_tokens: int | None = None
    images: int | None = None
    seconds: int | None = None
    searches: int | None = None
    service_tier: str | None = None

    def __post_init__(self) -> None:
        counts = (
            self.input_tokens,
            self.output_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
            self.cache_creation_1h_input_tokens,
            self.reasoning_output_tokens,
            self.audio_input_tokens,
            self.audio_output_tokens,
            self.image_input_tokens,
            self.image_output_tokens,
            self.images,
            self.seconds,
            self.searches,
        )
        used = sorted(filter(None, counts))  # each call waits for this: it costs half of a loop
        if used and not 0 < used[0] <= used[-1] <= COUNT_MAX:
            wrong = used[0] if used[0] < 0 else used[-1]
            raise ValueError(f"{self.__struct_fields__[counts.index(wrong)]} is {wrong!r}, not a count")

    @property
    def detailed(self) -> bool:
        """Whether any part of input or output was told."""
        return bool(
            self.cache_read_input_tokens
            or self.cache_creation_input_tokens
            or self.reasoning_output_tokens
            or self.audio_input_tokens
            or self.audio_output_tokens
            or self.image_input_tokens
            or self.image_output_tokens
        )


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A vendor's usage, made safe. `marks` names what had to be mended: they go on the posting."""

    usage: Usage
    marks: tuple[str, ...]

    @property
    def partial(self) -> "Heard":
        """The same, marked as told before the answer's end."""
        return Heard(self.usage, (*self.marks, PARTIAL))

    def served(self, tier: object) -> "Heard":
        """The same, with the service tier that the answer names beside its counts, unless that is the usual one."""
        name = None if tier is None else tier_name(tier)
        return self if name is None else Heard(msgspec.structs.replace(self.usage, service_tier=name), self.marks)


def hear(
    *,
    input_tokens: object,
    output_tokens: object,
    cache_read_input_tokens: object = None,
    cache_creation_input_tokens: object = None,
    cache_creation_1h_input_tokens: object = None,
    reasoning_output_tokens: object = None,
    audio_input_tokens: object = None,
    audio_output_tokens: object = None,
    image_input_tokens: object = None,
    image_output_tokens: object = None,
    searches: object = None,
    service_tier: object = None,
) -> Heard | None:
    """Usage from numbers that a hostile upstream may have sent; None if it holds no input or output count.

    A count that is no integer is not said; a negative one is 0; one that is absurd is COUNT_MAX, for the
    meter to cut to what the call can have used; a part larger than its whole is cut to the whole.
    """
    marks: list[str] = []
    whole_in = _count(input_tokens, "input", marks)
    whole_out = _count(output_tokens, "output", marks)
    if whole_in is None or whole_out is None:
        return None
    creation = _part(cache_creation_input_tokens, whole_in, "cache_creation", marks)
    usage = Usage(
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=_part(cache_read_input_tokens, whole_in, "cache_read", marks),
        cache_creation_input_tokens=creation,
        cache_creation_1h_input_tokens=_part(cache_creation_1h_input_tokens, creation or 0, "cache_creation_1h", marks),
        reasoning_output_tokens=_part(reasoning_output_tokens, whole_out, "reasoning", marks),
        audio_input_tokens=_part(audio_input_tokens, whole_in, "audio_input", marks),
        audio_output_tokens=_part(audio_output_tokens, whole_out, "audio_output", marks),
        image_input_tokens=_part(image_input_tokens, whole_in, "image_input", marks),
        image_output_tokens=_part(image_output_tokens, whole_out, "image_output", marks),
        searches=_count(searches, "searches", marks),
        service_tier=tier_name(service_tier),
    )
    return Heard(usage, tuple(marks))


def tier_name(value: object) -> str | None:
    """A vendor's word for a service tier that is not the usual one; what is no plain word is not said."""
    if (
        isinstance(value, str)
        and value not in USUAL_TIERS
        and 0 < len(value) <= _TIER_LENGTH_MAX
        and value.isascii()
        and value.isprintable()
    ):
        return value
    return None


def _count(value: object, name: str, marks: list[str]) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= COUNT_MAX):
        return value
    if isinstance(value, float) and value.is_integer():  # 12.0 is 12 in JSON
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        marks.append(f"{name}_not_a_number")
        return None
    if value < 0:
        marks.append(f"{name}_negative")
        return 0
    if value > COUNT_MAX:
        marks.append(f"{name}_absurd")
        return COUNT_MAX
    return value


def _part(value: object, whole: int, name: str, marks: list[str]) -> int | None:
    count = _count(value, name, marks)
    if count is not None and count > whole:
        marks.append(f"{name}_above_whole")
        return whole
    return count
