"""The form of an upstream's keys and of what they may be asked for."""

from typing import Annotated

import pydantic

from waystation.manifest.entry import Entry
from waystation.manifest.fields import FileName, Fingerprint, Key, ModelName, Most, Name

_AT_LEAST_ONE = pydantic.Field(min_length=1)


class CeilingsEntry(Entry):
    """In any minute, and at once; what is left out has no ceiling."""

    rpm: Most | None = None
    tpm: Most | None = None
    concurrency: Most | None = None


class ModelLimitEntry(CeilingsEntry):
    """`model` is the upstream's name for it."""

    model: ModelName


class KeyGroupEntry(Entry):
    """Keys of one vendor account. `keys_file` is sought beside the file, and has a key on each line."""

    name: Name
    keys: Annotated[list[Key], _AT_LEAST_ONE] | None = None
    keys_file: FileName | None = None


class KeysEntry(Entry):
    """Without keys at all, those that are there stay; so do those that are disabled without `disabled_keys`."""

    keys: Annotated[list[Key], _AT_LEAST_ONE] | None = None
    keys_file: FileName | None = None
    key_groups: list[KeyGroupEntry] = pydantic.Field(default_factory=list)
    disabled_keys: list[Fingerprint] | None = None
    key_limits: CeilingsEntry | None = None
    model_limits: list[ModelLimitEntry] = pydantic.Field(default_factory=list)
