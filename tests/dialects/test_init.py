"""Dialects are found by their files."""

from waystation.dialects import codecs
from waystation.dialects.openai_chat import CODEC


def test_every_module_with_a_codec_is_found() -> None:
    assert codecs() == {"openai.chat": CODEC}


def test_no_two_codecs_share_a_path() -> None:
    paths = [path for codec in codecs().values() for path in codec.paths]
    assert len(paths) == len(set(paths))
