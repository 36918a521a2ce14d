import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.manifest.mistakes import Rejected
from waystation.manifest.source import SIZE_MAX, Source, read_source

ENVIRON = {"KEY_A": "aaa", "TRAP": "x: y\nz: [1]"}


def read(folder: Path, text: str | bytes, name: str = "f.yaml") -> Source:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return read_source(path, ENVIRON)


def data(folder: Path, text: str | bytes) -> object:
    source = read(folder, text)
    source.report.raise_if_any()
    return source.data


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(Rejected) as caught:
        read(folder, text).report.raise_if_any()
    return [str(mistake).removeprefix(f"{folder}/") for mistake in caught.value.mistakes]


def test_scalars_are_yaml_1_2(tmp_path: Path) -> None:
    text = """
    - [yes, no, on, true, FALSE]
    - [1, -2, 0123, 1_000, 0x1f, 12:30]
    - [2.50, .5, 1e3, .inf]
    - [2027-01-01, "2.50", 'x', <, "=", plain text]
    """
    assert data(tmp_path, text) == [
        ["yes", "no", "on", True, False],
        [1, -2, 123, "1_000", "0x1f", "12:30"],
        [2.5, 0.5, 1000.0, ".inf"],
        ["2027-01-01", "2.50", "x", "<", "=", "plain text"],
    ]


@given(
    st.recursive(
        st.text(max_size=8) | st.integers(-9999, 9999) | st.booleans() | st.floats(-1e9, 1e9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=3),
        max_leaves=12,
    ),
    st.sampled_from([None, 2, "\t"]),
    st.booleans(),
)
def test_json_is_read_as_json(
    tmp_path_factory: pytest.TempPathFactory, value: object, indent: str | int | None, ascii_only: bool
) -> None:
    text = json.dumps({"value": value}, indent=indent, ensure_ascii=ascii_only).replace("${", "$${")
    if any(not (char.isprintable() or char in "\t\n") for char in text):
        return  # raw control characters are no YAML; JSON's writers escape them by default
    assert data(tmp_path_factory.mktemp("json"), text) == {"value": value}


def test_json_s_escapes_are_understood(tmp_path: Path) -> None:
    assert data(tmp_path, r'{"a": "\ud83d\ude00 \/ \u4e2d"}') == {"a": "😀 / 中"}
    assert data(tmp_path, "\ufeffa: 1") == {"a": 1}


def test_every_value_has_its_line(tmp_path: Path) -> None:
    report = read(tmp_path, "# note\nmodels:\n  - name: a\n    price:\n      input: '1'\n  - {name: b}\n").report
    assert report.line(("models", 0, "name")) == 3
    assert report.line(("models", 0, "price", "input")) == 5
    assert report.line(("models", 1, "name")) == 6


def test_variables_are_filled_into_strings_only_and_never_read_as_yaml(tmp_path: Path) -> None:
    source = read(tmp_path, 'a: "<${KEY_A}>"\nb: ${TRAP}\nc: $${KEY_A}\n${KEY_A}: 1\n')
    assert source.data == {"a": "<aaa>", "b": "x: y\nz: [1]", "c": "${KEY_A}", "${KEY_A}": 1}
    assert source.report.origin(("a",)) == "the value of ${KEY_A}"
    assert source.report.origin(("c",)) is None


def test_a_missing_variable_has_its_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: 1\nb: [x, '${NOPE}']\nc: ${NOPE_2}\n") == [
        "f.yaml:2: b[1]: the environment variable NOPE is not set; set it, or write ${NOPE:-a default}",
        "f.yaml:3: c: the environment variable NOPE_2 is not set; set it, or write ${NOPE_2:-a default}",
    ]


def test_a_file_is_inserted(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  secret ${KEY_A}\n")
    source = read(tmp_path, "a: !file key")
    assert source.data == {"a": "secret ${KEY_A}"}
    assert source.report.origin(("a",)) == "the content of !file key"


def test_a_file_that_can_t_be_inserted_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    assert mistakes(tmp_path, "a: !file nope\nb: !file binary\nc: !file large\nd: !file ''\ne: !file .\n") == [
        "f.yaml:1: a: !file nope can't be read: No such file or directory",
        "f.yaml:2: b: !file binary is not UTF-8 text",
        "f.yaml:3: c: !file large is larger than 65536 bytes",
        "f.yaml:4: d: !file needs the path of a file",
        "f.yaml:5: e: !file . can't be read: Is a directory",
    ]


def test_duplicate_keys_are_refused_with_both_lines(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f.yaml:4: b.c: given twice, first in line 3",
        "f.yaml:5: a: given twice, first in line 1",
    ]


def test_anchors_and_merges(tmp_path: Path) -> None:
    text = """
    base: &base {a: 1, b: [2]}
    other: &other {a: 5, c: 6}
    one: *base
    two: {<<: *base, a: 3}
    three: {<<: [*base, *other], d: 7}
    """
    assert data(tmp_path, text) == {
        "base": {"a": 1, "b": [2]},
        "other": {"a": 5, "c": 6},
        "one": {"a": 1, "b": [2]},
        "two": {"a": 3, "b": [2]},
        "three": {"a": 1, "b": [2], "c": 6, "d": 7},
    }


def test_only_mappings_are_merged(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "a: &a 1\nb: {<<: *a}\n") == ["f.yaml:1: b: expected '<<' to name a mapping"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: ~", "f.yaml:1: a: empty: give a value, or leave the field out"),
        ("a:\nb: 1", "f.yaml:1: a: empty: give a value, or leave the field out"),
        ("a: !secret x", "f.yaml:1: a: the tag '!secret' is not known; the only one is !file"),
        ("a: !!python/name:os.system x", "is not known"),
        ("a: !!int twelve", "f.yaml:1: a: no int that can be read"),
        ("a: !!bool ''", "f.yaml:1: a: no bool that can be read"),
        ("a: " + "9" * 5000, "f.yaml:1: a: no int that can be read"),
        ("a: {1: 2}", "f.yaml:1: a: expected a field's name, in letters"),
        ("? [a]\n: 1", "f.yaml:1: expected a field's name, in letters"),
        (r'a: "\ud83d"', "f.yaml:1: a: half of a surrogate pair: not text"),
    ],
)
def test_a_bad_value_has_its_line(tmp_path: Path, text: str, said: str) -> None:
    (got,) = mistakes(tmp_path, text)
    assert said in got


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.yaml: empty: expected upstreams, models or organizations"),
        ("# nothing\n", "f.yaml: empty: expected upstreams, models or organizations"),
        ("a: b: c", "f.yaml:1: not YAML: mapping values are not allowed here"),
        ("a:\n\tb: 1", "f.yaml:2: not YAML: found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 2", "f.yaml:2: not YAML: but found another document"),
        ("\n\na: *nope", "f.yaml:3: not YAML: found undefined alias 'nope'"),
        ("a: 'open sk-secret-key-1234", "f.yaml:1: not YAML: found unexpected end of stream"),
        ("a: *sk-secret-key-1234", "f.yaml:1: not YAML: found undefined alias '•••'"),
        ("a: 1\nb: \x01", "f.yaml:2: a character that YAML does not allow: U+0001"),
        (b"a: 1\nb: \xff", "f.yaml:2: not UTF-8 text"),
        ("[" * 100_000, "f.yaml:1: not YAML: nested deeper than 24 levels"),
        ("{a: " * 1000, "f.yaml:1: not YAML: nested deeper than 24 levels"),
        ("a: &a [*a]", "f.yaml:1: aliases make it more than 250000 values or 24 levels"),
        ("a: &a {<<: *a}", "f.yaml:1: aliases make it more than 250000 values or 24 levels"),
        (b"#" * (SIZE_MAX + 1), "f.yaml: larger than 2097152 bytes"),
    ],
)
def test_what_can_t_be_read_at_all_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert mistakes(tmp_path, text) == [said]


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (said,) = mistakes(tmp_path, "\n".join(levels))
    assert "aliases make it more than 250000 values" in said


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"nope.yaml: can't be read: No such file or directory$"):
        read_source(tmp_path / "nope.yaml", {})
    with pytest.raises(Rejected, match=r"can't be read: Is a directory$"):
        read_source(tmp_path, {})
