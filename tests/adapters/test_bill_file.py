import codecs
from hashlib import sha256
from pathlib import Path

import pytest

from waystation.adapters.bill_file import survey, text_lines
from waystation.wire.errors import Misconfigured

TEXT = "模型,用量\r\nqwen,1\r\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("gbk"), "gb18030"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(content)
    assert survey(path) == (sha256(content).hexdigest(), encoding)
    assert list(text_lines(path, encoding)) == ["模型,用量\r\n", "qwen,1\r\n"]


def test_a_character_may_lie_across_two_chunks_and_far_down(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "驿".encode())
    assert survey(path).encoding == "utf-8"
    path.write_bytes(b"a" * ((1 << 20) + 1) + "驿".encode("gbk") + b"\n" + b"b" * (1 << 20))
    assert survey(path).encoding == "gb18030"


def test_an_empty_file_is_text(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    path.touch()
    assert survey(path).encoding == "utf-8"
    assert list(text_lines(path, "utf-8")) == []


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="No such file"):
        survey(tmp_path / "none.csv")
    with pytest.raises(Misconfigured, match="can't read"):
        list(text_lines(tmp_path / "none.csv", "utf-8"))
    path = tmp_path / "bill.csv"
    path.write_bytes(b"\xff\xff\n")
    with pytest.raises(Misconfigured, match="is not utf-8 text"):
        list(text_lines(path, "utf-8"))
    with pytest.raises(Misconfigured, match="unknown encoding"):
        list(text_lines(path, "klingon"))
