import json
from pathlib import Path

from tests.cli.world import MANIFEST, Run, applied


def test_apply_tells_what_it_did_and_a_second_time_does_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST)
    assert "create model m" in run("apply", str(path)).output
    plan = json.loads(run("apply", str(path), "--json").output)
    assert plan["changing"] is False


def test_a_dry_run_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST)
    assert "create token" in run("apply", str(path), "--dry-run").output
    assert run("token", "list").output == ""


def test_a_mistake_is_told_with_its_line_and_nothing_is_applied(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST.replace('input: "2.50"', "input: 2.50"))
    result = run("apply", str(path))
    assert result.exit_code == 1
    assert "m.yaml:7" in result.output
    assert run("token", "list").output == ""


def test_a_file_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    result = run("apply", str(tmp_path / "none.yaml"))
    assert result.exit_code == 1
    assert "none.yaml" in result.output


def test_prune_removes_what_the_file_leaves_out(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST[: MANIFEST.index("    tokens:")])
    assert run("apply", str(path), "--prune").exit_code == 0
    assert "revoked" in run("token", "list", "--json").output


def test_an_export_applies_again_and_keeps_secrets_to_itself(run: Run, tmp_path: Path) -> None:
    applied(run, tmp_path)
    exported = run("export").output
    assert "sk-upstream-secret-1" not in exported
    path = tmp_path / "export.yaml"
    path.write_text(run("export", "--with-secrets").output)
    assert "sk-upstream-secret-1" in path.read_text()
    assert json.loads(run("apply", str(path), "--json").output)["changing"] is False
