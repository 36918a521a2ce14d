from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from waystation.identity.token import fingerprint
from waystation.manifest.key_entries import KeysEntry
from waystation.manifest.keys import ceilings_of, keys_of, model_limits_of, ordered
from waystation.manifest.mistakes import Rejected, Report
from waystation.wire.catalogue import Ceilings, UpstreamKey

KNOWN = (
    UpstreamKey("key_1", "sk-a", fingerprint("sk-a")),
    UpstreamKey("key_2", "sk-b", fingerprint("sk-b"), "acme", True),
)
WRONG = "it has a space, a control character or more than 4096 characters"


@pytest.fixture
def new_id() -> Callable[[str], str]:
    numbers = count(10)
    return lambda prefix: f"{prefix}_{next(numbers)}"


def resolved(
    folder: Path, new_id: Callable[[str], str], current: tuple[UpstreamKey, ...] | None = KNOWN, **fields: Any
) -> tuple[UpstreamKey, ...]:
    report = Report("f")
    found = keys_of(("upstreams", 0), KeysEntry.model_validate(fields), current, folder, new_id, report)
    report.raise_if_any()
    return found


def test_keys_that_are_there_keep_their_ids_and_stay_disabled(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    found = resolved(tmp_path, new_id, keys=["sk-c", "sk-b", "sk-a"])
    assert [(key.id, key.group, key.disabled) for key in found] == [
        ("key_10", None, False),
        ("key_2", None, True),
        ("key_1", None, False),
    ]
    assert found[0].fingerprint == fingerprint("sk-c")


def test_without_a_word_of_keys_all_stay(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    assert resolved(tmp_path, new_id) == KNOWN


def test_files_and_groups_are_read(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    (tmp_path / "some.txt").write_text("sk-d\nsk-e\n")
    (tmp_path / "more.txt").write_text("sk-f\n")
    groups = [{"name": "acme", "keys": ["sk-b"], "keys_file": "more.txt"}]
    found = resolved(tmp_path, new_id, keys=["sk-a"], keys_file="some.txt", key_groups=groups)
    assert [(key.secret, key.group) for key in found] == [
        ("sk-a", None),
        ("sk-d", None),
        ("sk-e", None),
        ("sk-b", "acme"),
        ("sk-f", "acme"),
    ]
    assert found[3] is KNOWN[1]


def test_the_file_says_which_are_disabled_if_it_says_so_at_all(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    found = resolved(tmp_path, new_id, disabled_keys=[fingerprint("sk-a")])
    assert [key.disabled for key in found] == [True, False]
    assert [key.disabled for key in resolved(tmp_path, new_id, disabled_keys=[])] == [False, False]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"keys": ["sk-a", "sk-b", "sk-a"]}, "upstreams[0].keys: the same as keys[0]"),
        ({"keys": ["sk-c"], "keys_file": "keys.txt"}, "upstreams[0].keys_file: the same as keys[0]"),
        (
            {"key_groups": [{"name": "x", "keys_file": "keys.txt"}, {"name": "y", "keys": ["sk-c"]}]},
            "upstreams[0].key_groups[1].keys: the same as line 1 of keys.txt",
        ),
        ({"keys_file": "blank.txt"}, "upstreams[0].keys_file: lines 2 and 4 of blank.txt: blank"),
        ({"keys_file": "twice.txt"}, "upstreams[0].keys_file: line 2 of twice.txt: the same as one before"),
        (
            {"keys_file": "wrong.txt"},
            f"upstreams[0].keys_file: line 1 of wrong.txt: no key: {WRONG}",
        ),
        ({"keys_file": "empty.txt"}, "upstreams[0].keys_file: empty.txt has no key"),
        ({"keys_file": "none.txt"}, "upstreams[0].keys_file: none.txt can't be read: No such file or directory"),
        ({"key_groups": [{"name": "x"}]}, "upstreams[0].key_groups: missing: a group needs keys or keys_file"),
        (
            {"key_groups": [{"name": "x", "keys": ["sk-c"]}, {"name": "x", "keys": ["sk-d"]}]},
            "upstreams[0].key_groups[1].name: a second group 'x'",
        ),
        ({"disabled_keys": ["00000000"]}, "upstreams[0].disabled_keys: no key has the fingerprint 00000000"),
    ],
)
def test_what_is_wrong_is_told_without_any_key(
    tmp_path: Path, new_id: Callable[[str], str], fields: dict[str, Any], told: str
) -> None:
    for name, text in {
        "keys.txt": "sk-c\n",
        "blank.txt": "sk-c\n\nsk-d\n\n",
        "twice.txt": "sk-c\nsk-c\n",
        "wrong.txt": "sk c\n",
        "empty.txt": "# none\n",
    }.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(Rejected) as caught:
        resolved(tmp_path, new_id, **fields)
    assert [str(mistake) for mistake in caught.value.mistakes] == [f"f: {told}"]


def test_a_new_upstream_needs_keys(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    with pytest.raises(Rejected, match="a new upstream needs keys, keys_file or key_groups"):
        resolved(tmp_path, new_id, current=None)


def test_keys_are_bounded(tmp_path: Path, new_id: Callable[[str], str]) -> None:
    (tmp_path / "many.txt").write_text("".join(f"sk-{n}\n" for n in range(20_000)))
    with pytest.raises(Rejected, match="more than 20000 keys"):
        resolved(tmp_path, new_id, keys=["sk-a"], keys_file="many.txt")


def test_groups_stand_together_behind_those_without_one() -> None:
    keys = [UpstreamKey(f"k{n}", f"s{n}", f"{n}", group) for n, group in enumerate(("b", None, "a", "b"))]
    assert [key.id for key in ordered(keys)] == ["k1", "k0", "k3", "k2"]


def test_ceilings_are_what_the_file_says() -> None:
    report = Report("f")
    entry = KeysEntry.model_validate(
        {
            "key_limits": {"rpm": 5, "concurrency": 2},
            "model_limits": [{"model": "m", "tpm": 9}, {"model": "n", "rpm": 1}],
        }
    )
    assert entry.key_limits is not None
    assert ceilings_of((), entry.key_limits, report) == Ceilings(5, None, 2)
    assert model_limits_of((), entry, report) == (("m", Ceilings(tpm=9)), ("n", Ceilings(rpm=1)))
    report.raise_if_any()


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ([{"model": "m"}], "f: model_limits: expected rpm, tpm or concurrency"),
        ([{"model": "m", "rpm": 1}, {"model": "m", "tpm": 1}], "f: model_limits: a second limit of 'm'"),
    ],
)
def test_a_limit_says_something_once(limits: list[dict[str, object]], told: str) -> None:
    report = Report("f")
    model_limits_of((), KeysEntry.model_validate({"model_limits": limits}), report)
    with pytest.raises(Rejected) as caught:
        report.raise_if_any()
    assert str(caught.value.mistakes[0]) == told
