from pathlib import Path

import pytest

from tests.manifest.conftest import ENVIRON, FILE, Desk
from waystation.identity.token import fingerprint
from waystation.manifest.key_hand import KeyHand
from waystation.wire.catalogue import UpstreamKey
from waystation.wire.errors import Misconfigured


def hand(desk: Desk) -> KeyHand:
    return KeyHand(desk.repository, desk.clock)


def keys(desk: Desk) -> tuple[UpstreamKey, ...]:
    return desk.snapshot().catalogue.upstreams[0].keys


def test_thousands_are_imported_at_once_and_again_without_a_change(desk: Desk) -> None:
    desk.apply(FILE)
    lines = [f"sk-{n}" for n in range(2_000)] + ["", "sk-7", ENVIRON["KEY_A"]]
    path = desk.file("\n".join(lines), "keys.txt")
    imported = hand(desk).import_keys(path, "main", "acme")
    assert (len(imported.added), imported.known, imported.file.blank, imported.file.again) == (2_000, 1, [2001], [2002])
    assert [(key.secret, key.group) for key in keys(desk)[:3]] == [
        (ENVIRON["KEY_A"], None),
        (ENVIRON["KEY_B"], None),
        ("sk-0", "acme"),
    ]
    revision = desk.snapshot().catalogue.revision
    assert hand(desk).import_keys(path, "main").added == ()
    assert desk.snapshot().catalogue.revision == revision
    assert len(hand(desk).list_keys()) == 2_002


def test_a_line_that_is_no_key_imports_nothing(desk: Desk) -> None:
    desk.apply(FILE)
    with pytest.raises(Misconfigured, match=r"line 2 of keys\.txt can't be a key; nothing was imported"):
        hand(desk).import_keys(desk.file("sk-new\nsk new\n", "keys.txt"), "main")
    assert len(keys(desk)) == 2


def test_keys_of_an_upstream_are_bounded(desk: Desk) -> None:
    desk.apply(FILE)
    many = desk.file("".join(f"sk-{n}\n" for n in range(20_000)), "keys.txt")
    with pytest.raises(Misconfigured, match="would have more than 20000 keys; nothing was imported"):
        hand(desk).import_keys(many, "main")


def test_what_is_imported_stays_when_a_file_says_nothing_of_keys_and_goes_when_it_does(desk: Desk) -> None:
    desk.apply(FILE)
    hand(desk).import_keys(desk.file("sk-new\n", "keys.txt"), "main")
    line = '    keys: ["${KEY_A}", "${KEY_B}"]\n'
    assert line in FILE
    assert desk.apply(FILE.replace(line, "")).text() == "nothing to change"
    assert len(keys(desk)) == 3
    desk.apply(FILE)
    assert len(keys(desk)) == 2


def test_a_disabled_key_stays_so_until_it_is_enabled(desk: Desk) -> None:
    desk.apply(FILE)
    mark = fingerprint(ENVIRON["KEY_A"])
    upstream, key = hand(desk).disable(f"main/{mark}", disabled=True)
    assert (upstream.name, key.disabled) == ("main", True)
    assert desk.apply(FILE).text() == "nothing to change"
    assert [one.disabled for one in keys(desk)] == [True, False]
    hand(desk).disable(mark, disabled=False)
    assert [one.disabled for one in keys(desk)] == [False, False]
    hand(desk).disable(keys(desk)[1].id, disabled=True)
    assert [one.disabled for one in keys(desk)] == [False, True]


def test_an_export_holds_groups_ceilings_and_what_is_disabled(desk: Desk) -> None:
    limits = "    key_limits: {rpm: 60, concurrency: 2}\n    model_limits: [{model: m-1, tpm: 1000}]\n"
    desk.apply(FILE.replace("    keys:", f"{limits}    keys:"))
    hand(desk).import_keys(desk.file("sk-new\n", "keys.txt"), "main", "acme")
    hand(desk).disable(fingerprint("sk-new"), disabled=True)
    exported = desk.operations.export(with_secrets=True)
    assert "key_groups:" in exported
    assert desk.apply(exported).text() == "nothing to change"
    assert "disabled_keys:\n  - " + fingerprint("sk-new") in exported


@pytest.mark.parametrize(
    ("key", "told"), [("ffffffff", "there is no key 'ffffffff'"), ("sk-upstream-key-aaaa", "there is no key '•••'")]
)
def test_a_key_that_is_not_there_is_told_without_what_may_be_a_secret(desk: Desk, key: str, told: str) -> None:
    desk.apply(FILE)
    with pytest.raises(Misconfigured, match=told):
        hand(desk).disable(key, disabled=True)


def test_one_fingerprint_of_two_upstreams_needs_a_name(desk: Desk) -> None:
    second = '  - {name: second, vendor: openai, keys: ["${KEY_A}"]}\nmodels:\n'
    desk.apply(FILE.replace("models:\n", second, 1))
    mark = fingerprint(ENVIRON["KEY_A"])
    with pytest.raises(Misconfigured, match=f"may mean main/{mark}"):
        hand(desk).disable(mark, disabled=True)
    assert hand(desk).disable(f"second/{mark}", disabled=True)[0].name == "second"
    assert [upstream.name for upstream, _ in hand(desk).list_keys("second")] == ["second"]


def test_an_upstream_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="none yet: apply a file first"):
        hand(desk).list_keys("main")
    desk.apply(FILE)
    (tmp_path / "keys.txt").write_text("sk-a\n")
    with pytest.raises(Misconfigured, match="there is no upstream 'other'; there are: main"):
        hand(desk).import_keys(tmp_path / "keys.txt", "other")
    with pytest.raises(Misconfigured, match="is no name of a group"):
        hand(desk).import_keys(tmp_path / "keys.txt", "main", "a/b")
