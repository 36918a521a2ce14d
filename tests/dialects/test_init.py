"""Dialects are found by their files."""

from typing import get_args

from waystation.dialects import codecs
from waystation.dialects.openai_chat import CODEC
from waystation.wire.dialect import Dialect


def test_every_language_that_has_a_name_has_a_codec() -> None:
    found = codecs()
    assert found.keys() == set(get_args(Dialect))
    assert found["openai.chat"] is CODEC
    assert all(dialect == codec.dialect for dialect, codec in found.items())


def test_no_two_codecs_share_a_path() -> None:
    paths = [path for codec in codecs().values() for path in codec.paths]
    assert len(paths) == len(set(paths))
