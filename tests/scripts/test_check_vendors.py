import ast
from pathlib import Path

import pytest

from scripts.check_vendors import branches, main, vendor_names


@pytest.mark.parametrize(
    "code",
    [
        "if name == 'acme': pass",
        "if 'acme' != name: pass",
        "found = name in ('acme', 'other')",
        "match name:\n    case 'acme': pass",
    ],
)
def test_a_branch_on_a_vendor_is_found(code: str) -> None:
    assert len(list(branches(ast.parse(code), {"acme"}))) == 1


@pytest.mark.parametrize("code", ["vendor = 'acme'", "if name == 'acme.chat': pass", "vendors['acme']"])
def test_a_name_that_decides_nothing_is_fine(code: str) -> None:
    assert list(branches(ast.parse(code), {"acme"})) == []


def test_only_modules_with_a_vendor_are_vendors(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text("VENDOR = 1\n")
    (tmp_path / "typed.py").write_text("VENDOR: int = 1\n")
    (tmp_path / "blame.py").write_text("TABLE = {}\n")
    assert vendor_names(tmp_path) == {"acme", "typed"}


def test_a_branch_outside_the_room_fails_the_check(tmp_path: Path) -> None:
    vendors = tmp_path / "src/waystation/vendors"
    vendors.mkdir(parents=True)
    (vendors / "acme.py").write_text("VENDOR = 1\nsame = 'acme' == 'acme'\n")
    assert main(tmp_path) == 0
    (vendors.parent / "house.py").write_text("if name == 'acme':\n    pass\n")
    assert main(tmp_path) == 1
