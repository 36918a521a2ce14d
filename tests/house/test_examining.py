import asyncio
import sqlite3
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cluster import cluster, fresh
from tests.e2e.rig import Rig, doubles, manifest, running
from tests.house.world import applied
from tests.house.world import manifest as house_manifest
from waystation.adapters.spool.frames import Void
from waystation.adapters.spool.journal import JOURNAL_FILE, REFUSED_FILE, Journal
from waystation.house import examining
from waystation.house.examining import examine
from waystation.house.finding import Finding
from waystation.settings import Settings


def test_an_empty_folder_is_found(tmp_path: Path) -> None:
    findings = examine(Settings(data_dir=tmp_path))
    assert [finding.subject for finding in findings if not finding.good] == ["data"]


def test_few_open_files_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "OPEN_FILES_FEW", 1 << 62)
    (found,) = (finding for finding in examine(Settings(data_dir=tmp_path)) if finding.subject == "open files")
    assert (found.good, "LimitNOFILE" in found.words) == (False, True)


def test_a_wrong_master_key_is_found_and_ends_the_examination(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path / "data", master_key=SecretStr("k" * 40))
    from waystation.house.offline import operations

    (tmp_path / "m.yaml").write_text(
        'upstreams: [{name: u, vendor: openai, keys: ["sk-abcdefgh12345678"]}]\n'
        'models: [{name: m, routes: [{upstream: u, model: m}], price: {currency: USD, input: "1", output: "1"}}]\n'
    )
    with operations(first) as catalogue:
        catalogue.apply_file(tmp_path / "m.yaml", environ={})
    findings = examine(Settings(data_dir=tmp_path / "data", master_key=SecretStr("w" * 40)))
    assert findings[-1].subject == "catalogue"
    assert not findings[-1].good
    assert "k" * 40 not in findings[-1].words


async def test_a_running_house_is_seen_to_run(tmp_path: Path) -> None:
    async with doubles() as upstreams, running(Rig(tmp_path, manifest(*upstreams))) as rig:
        findings = {finding.subject: finding for finding in await asyncio.to_thread(examine, rig.settings)}
    assert "a gateway runs on it" in findings["data"].words
    assert findings["ledger"] == Finding(True, "ledger", "verified")
    assert all(finding.good for finding in findings.values())


def test_a_ledger_that_can_not_be_verified_is_a_finding_and_no_end(tmp_path: Path) -> None:
    settings = applied(tmp_path, house_manifest())
    with sqlite3.connect(settings.data_dir / "calls.db") as log:
        log.execute("DROP TABLE calls")
    log.close()
    findings = {finding.subject: finding for finding in examine(settings)}
    assert (findings["ledger"].good, "no such table" in findings["ledger"].words) == (False, True)
    (upstream,) = (finding for subject, finding in findings.items() if subject.startswith("upstream "))
    assert not upstream.good
    assert "sk-upstream-key-a" not in str(findings)


async def test_a_key_that_the_upstream_refuses_is_found(tmp_path: Path) -> None:
    async with doubles(keys=("sk-known-to-it",)) as (upstream,):
        settings = applied(tmp_path, house_manifest(upstream.base_url, "sk-known-to-it, sk-upstream-key-a"))
        found = await asyncio.to_thread(examine, settings)
    answers = [(finding.good, finding.words) for finding in found if finding.subject.startswith("upstream ")]
    assert answers == [(True, "answered 200"), (False, "answered 401")]


def test_bills_that_are_not_booked_yet_are_found(tmp_path: Path) -> None:
    settings = applied(tmp_path, house_manifest())
    assert {finding.subject: finding.good for finding in examine(settings)}["journal"]
    for name in (JOURNAL_FILE, REFUSED_FILE):
        journal = Journal(settings.data_dir / name, bytes_max=1 << 20)
        journal.open()
        journal.append([Void("hold_1", 1.0), Void("hold_2", 1.0)])
        journal.close()
    findings = {finding.subject: finding for finding in examine(settings)}
    assert (findings["journal"].good, "2 bookings wait" in findings["journal"].words) == (False, True)
    assert (findings["refused bookings"].good, findings["refused bookings"].words[:2]) == (False, "2:")
    worker = settings.data_dir / "workers" / "3"
    worker.mkdir(parents=True)
    (settings.data_dir / JOURNAL_FILE).rename(worker / JOURNAL_FILE)
    assert {finding.subject: finding.good for finding in examine(settings)}["journal"] is False
    (settings.data_dir / JOURNAL_FILE).write_bytes(b"something else")
    findings = {finding.subject: finding for finding in examine(settings)}
    assert (findings["journal"].good, "Keep a copy" in findings["journal"].words) == (False, True)


def test_models_without_a_price_and_costs_that_nobody_knows_are_found(tmp_path: Path) -> None:
    soon = (
        "- {name: soon, routes: [{upstream: u, model: s}]}\n"
        'prices: [{model: soon, currency: USD, input: "1", output: "1", starts: "2037-01-01"}]\n'
    )
    file = (
        'upstreams: [{name: u, vendor: openai, base_url: "http://127.0.0.1:9/v1", keys: ["sk-abcdefgh12345678"]}]\n'
        'models:\n- {name: m, routes: [{upstream: u, model: m}], price: {currency: USD, input: "1", output: "1"}}\n'
    )
    settings = applied(tmp_path, file)
    found = {finding.subject: finding for finding in examine(settings)}
    assert found["prices"] == Finding(True, "prices", "every model has one in force")
    assert found["what upstreams ask"].words.startswith("not known for 1 of 1 routes")
    known = 'prices: [{upstream: u, model: m, currency: USD, input: "1", output: "1"}]\n'
    assert "what upstreams ask" not in {finding.subject for finding in examine(applied(tmp_path, known))}
    applied(tmp_path, "models:\n" + soon)
    (missing,) = (finding for finding in examine(settings) if finding.subject == "prices")
    assert (missing.good, missing.words.startswith("none in force for soon: calls of it are refused")) == (False, True)


def test_a_currency_that_nobody_exchanges_is_found(tmp_path: Path) -> None:
    file = (
        'upstreams: [{name: u, vendor: openai, base_url: "http://127.0.0.1:9/v1", keys: ["sk-abcdefgh12345678"]}]\n'
        'models: [{name: m, routes: [{upstream: u, model: m}], price: {currency: USD, input: "1", output: "1"}}]\n'
        "organizations: [{name: acme, currency: CNY, opening_credit: 1 CNY}]\n"
    )
    (found,) = (one for one in examine(applied(tmp_path, file)) if one.subject == "exchange rates")
    assert (found.good, found.words.startswith("no rate from USD to CNY, so 'acme' is refused there")) == (False, True)
    rates = 'exchange_rates: [{base: CNY, quote: USD, rate: "0.14"}]\n'
    assert not [one for one in examine(applied(tmp_path, rates)) if one.subject == "exchange rates"]


def test_a_gateway_on_postgresql_is_examined_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=SecretStr(cluster().url(fresh())))
    findings = {finding.subject: finding for finding in examine(settings)}
    assert findings["data"].words.startswith("PostgreSQL")
    assert (findings["ledger"].words, findings["journal"].good, findings["models"].good) == ("verified", True, False)
