from pathlib import Path

import pytest

from scripts.write_settings import PAGE, main, row, with_table
from waystation.settings import Setting

PORT = Setting("WAYSTATION_PORT", "8080", "", "an integer", secret=False, description="The port.")
KEY = Setting("WAYSTATION_KEY", "", "", "32 characters", secret=True, description="The key.")
EMPTY = "# Page\n<!-- settings: written by scripts/write_settings.py -->\n<!-- end of settings -->\nend\n"


def test_a_row_tells_default_purpose_and_form() -> None:
    assert row(PORT) == "| `WAYSTATION_PORT` | `8080` | The port. Expected: an integer. |"
    assert row(KEY) == "| `WAYSTATION_KEY` |  | The key. Expected: 32 characters. |"


def test_the_table_is_replaced_and_the_rest_stays() -> None:
    once = with_table(EMPTY, [PORT])
    assert once.startswith("# Page\n<!-- settings")
    assert once.endswith("<!-- end of settings -->\nend\n")
    assert with_table(with_table(EMPTY, [KEY]), [PORT]) == once


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        with_table("# Page\n", [PORT])


def test_an_old_page_fails_the_check_until_it_is_written(tmp_path: Path) -> None:
    page = tmp_path / PAGE
    page.parent.mkdir(parents=True)
    page.write_text(EMPTY, encoding="utf-8")
    assert main(tmp_path, check=True) == 1
    assert main(tmp_path, check=False) == 0
    assert main(tmp_path, check=True) == 0
