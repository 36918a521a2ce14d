"""What one family of Claude models takes and another one refuses.

Sources: thinking, effort, structured-outputs and mid-conversation-system-messages under platform.claude.com/docs/en/
build-with-claude, the migration guides of Opus 5.5, Sonnet 5.5, Haiku 5.5, Fable 5 and 5.1 there, and the skill
claude-api in anthropics/skills (2026-11).
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from waystation.wire.chat import Effort

_NAME: Final = re.compile(r"claude-([a-z]+)-([0-9]{1,2})(?:-([0-9]{1,2}))?(?![0-9])")
_OLD_NAME: Final = re.compile(r"claude-([0-9])(?:-([0-9]))?(?![0-9])")

_TO_HIGH: Final[tuple[Effort, ...]] = ("low", "medium", "high")
_NO_XHIGH: Final[tuple[Effort, ...]] = ("low", "medium", "high", "max")
_ALL: Final[tuple[Effort, ...]] = ("low", "medium", "high", "xhigh", "max")


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """How models of a family are told to think, and what else they take.

    `budget`: thinking of type enabled, with a budget of tokens. `adaptive`: type adaptive. `off`: the type that turns
    thinking off, None where nothing does. `thinks`: it does so unless it is told not to. `hides`: thoughts are shown
    only to those who ask for that. `efforts`: for output_config. `sampling`: temperature, top_p and top_k.
    `one_sampler`: not temperature and top_p both. `forced`: a tool choice of any or tool. `prefill`: the last turn may
    be the assistant's. `system`: the role system in the conversation. `formats`: structured output and strict tools.
    """

    budget: bool = False
    adaptive: bool = False
    off: str | None = "disabled"
    thinks: bool = False
    hides: bool = False
    efforts: tuple[Effort, ...] = ()
    sampling: bool = False
    one_sampler: bool = False
    forced: bool = True
    prefill: bool = False
    system: bool = False
    formats: bool = True


_PLAIN: Final = Family(off=None, sampling=True, prefill=True, formats=False)  # before 3.7: they don't think at all
_CLASSIC: Final = Family(budget=True, sampling=True, prefill=True, formats=False)
_OPUS_4_1: Final = Family(budget=True, sampling=True, one_sampler=True, prefill=True, formats=False)
_4_5: Final = Family(budget=True, sampling=True, one_sampler=True, prefill=True)
_OPUS_4_5: Final = Family(budget=True, efforts=_TO_HIGH, sampling=True, one_sampler=True, prefill=True)
_4_6: Final = Family(budget=True, adaptive=True, efforts=_NO_XHIGH, sampling=True, one_sampler=True)
_OPUS_4_7: Final = Family(adaptive=True, hides=True, efforts=_ALL)
_OPUS_4_8: Final = Family(adaptive=True, hides=True, efforts=_ALL, system=True)
_OPUS_5: Final = Family(adaptive=True, thinks=True, hides=True, efforts=_ALL, system=True)
_5: Final = Family(adaptive=True, thinks=True, hides=True, efforts=_ALL)
_FABLE_5: Final = Family(adaptive=True, off=None, thinks=True, hides=True, efforts=_ALL, system=True)
_SONNET_5_5: Final = Family(adaptive=True, off="between_tools", thinks=True, hides=True, efforts=_ALL, forced=False)
_OPUS_5_5: Final = Family(adaptive=True, off=None, thinks=True, hides=True, efforts=_ALL, forced=False, system=True)
_NEWEST: Final = Family(adaptive=True, off=None, thinks=True, hides=True, efforts=_ALL, forced=False)  # to be safe
_OTHER: Final = Family(
    budget=True, sampling=True, prefill=True
)  # other vendors' models, and names of the operator's own

_FAMILIES: Final[Mapping[str, Family]] = {
    "opus-4-1": _OPUS_4_1,
    "haiku-4-5": _4_5,
    "sonnet-4-5": _4_5,
    "opus-4-5": _OPUS_4_5,
    "sonnet-4-6": _4_6,
    "opus-4-6": _4_6,
    "opus-4-7": _OPUS_4_7,
    "opus-4-8": _OPUS_4_8,
    "sonnet-5": _5,
    "opus-5": _OPUS_5,
    "fable-5": _FABLE_5,
    "mythos-5": _FABLE_5,
    "haiku-5-5": _5,
    "sonnet-5-5": _SONNET_5_5,
    "opus-5-5": _OPUS_5_5,
    "fable-5-1": _OPUS_5_5,
    "mythos-5-1": _OPUS_5_5,
    "fable-5-2": _OPUS_5_5,
    "mythos-5-2": _OPUS_5_5,
}


def family_of(model: str) -> Family:
    """`model` as any vendor names it: "claude-opus-4-8", "anthropic/claude-opus-4.8", and Bedrock's."""
    name = model.lower().replace(".", "-")
    if (old := _OLD_NAME.search(name)) is not None:
        return _CLASSIC if (old[1], old[2]) == ("3", "7") else _PLAIN
    found = _NAME.search(name)
    if found is None:
        return _OTHER
    line, major, minor = found.groups()
    known = _FAMILIES.get(f"{line}-{major}" if minor in (None, "0") else f"{line}-{major}-{minor}")
    if known is not None:
        return known
    return _NEWEST if int(major) > 4 else _CLASSIC
