from pathlib import Path

from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.house.examining import Finding, examine
from waystation.settings import Settings


def test_an_empty_folder_is_found(tmp_path: Path) -> None:
    findings = examine(Settings(data_dir=tmp_path))
    assert [finding.subject for finding in findings if not finding.good] == ["data"]


def test_a_wrong_master_key_is_found_and_ends_the_examination(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path / "data", master_key="k" * 40)
    from waystation.house.offline import operations

    (tmp_path / "m.yaml").write_text(
        'upstreams: [{name: u, vendor: openai, keys: ["sk-abcdefgh12345678"]}]\n'
        'models: [{name: m, routes: [{upstream: u, model: m}], price: {currency: USD, input: "1", output: "1"}}]\n'
    )
    with operations(first) as catalogue:
        catalogue.apply_file(tmp_path / "m.yaml", environ={})
    findings = examine(Settings(data_dir=tmp_path / "data", master_key="w" * 40))
    assert findings[-1].subject == "catalogue"
    assert not findings[-1].good
    assert "k" * 40 not in findings[-1].words


async def test_a_running_house_is_seen_to_run(tmp_path: Path) -> None:
    import asyncio

    async with doubles() as upstreams, running(Rig(tmp_path, manifest(*upstreams))) as rig:
        findings = {finding.subject: finding for finding in await asyncio.to_thread(examine, rig.settings)}
    assert "a gateway runs on it" in findings["data"].words
    assert findings["ledger"] == Finding(True, "ledger", "verified")
    assert all(finding.good for finding in findings.values())
