"""What a target language cannot say: noted, never dropped in silence."""

import msgspec


class Loss(msgspec.Struct, frozen=True, gc=False):
    """`field` is a path in the caller's own request ("tools[0]"), or in the vendor's answer ("choices[0].logprobs").

    `reason` says in a few words why, and never quotes a prompt. `grave`: without it the request would mean something
    else, so it is refused unless the caller has said that it bears losses.
    """

    field: str
    reason: str
    grave: bool = False
