from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.manifest.conftest import VENDORS, StillClock
from waystation.manifest.document import At, Document
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.repository import Snapshot
from waystation.manifest.resolve import Context, Desired, resolve
from waystation.manifest.schema import ModelEntry, OrganizationEntry, UpstreamEntry
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Organization, Upstream, UpstreamKey
from waystation.wire.money import Money
from waystation.wire.price import Price

EMPTY = Snapshot(catalogue=Catalogue(revision=0), wallets={}, kept_by={})
PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


def run(folder: Path, *entries: BaseModel, current: Snapshot = EMPTY, said: list[str] | None = None) -> Desired:
    document = Document(
        upstreams=tuple(At(("upstreams", 0), entry) for entry in entries if isinstance(entry, UpstreamEntry)),
        models=tuple(At(("models", 0), entry) for entry in entries if isinstance(entry, ModelEntry)),
        organizations=tuple(
            At(("organizations", 0), entry) for entry in entries if isinstance(entry, OrganizationEntry)
        ),
        faulty=frozenset(),
    )
    report = Report("f.yaml")
    desired = resolve(document, current, Context(VENDORS, folder, StillClock().new_id, 77), report)
    if said is None:
        report.raise_if_any()
    else:
        with pytest.raises(Rejected) as caught:
            report.raise_if_any()
        assert caught.value.message.splitlines() == [f"f.yaml: {line}" for line in said]
    return desired


def upstream(**fields: object) -> UpstreamEntry:
    return UpstreamEntry.model_validate({"name": "main", "vendor": "openai", "keys": ["sk-a", "sk-b"], **fields})


def model(**fields: object) -> ModelEntry:
    price = {"currency": "USD", "input": "1", "output": "2"}
    known = {"name": "m", "routes": [{"upstream": "main", "model": "m-1"}], "price": price}
    return ModelEntry.model_validate({name: value for name, value in (known | fields).items() if value is not None})


def organization(**fields: object) -> OrganizationEntry:
    return OrganizationEntry.model_validate({"name": "acme", **fields})


def test_an_upstream_has_its_vendor_s_address_unless_it_says_another(tmp_path: Path) -> None:
    assert run(tmp_path, upstream()).upstreams[0].base_url == "https://api.openai.com/v1"
    assert run(tmp_path, upstream(base_url="http://x.example/")).upstreams[0].base_url == "http://x.example"


def test_what_is_there_keeps_its_ids(tmp_path: Path) -> None:
    known = Upstream(
        id="up_1", name="main", vendor="openai", base_url="x", keys=(UpstreamKey("key_1", "sk-b", "f" * 8),)
    )
    seen = Model(name="m", routes=(ModelRoute("a", "b"),), price=Price(currency="USD", input=1, output=1), created_at=5)
    catalogue = Catalogue(
        revision=1, upstreams=(known,), models=(seen,), organizations=(Organization("org_1", "acme"),)
    )
    current = Snapshot(catalogue=catalogue, wallets={}, kept_by={})
    desired = run(tmp_path, upstream(), model(), organization(), current=current)
    (found,) = desired.upstreams
    assert found.id == "up_1"
    assert [key.secret for key in found.keys] == ["sk-a", "sk-b"]
    assert found.keys[1] == known.keys[0]
    assert found.keys[0].id.startswith("key_")
    assert desired.models[0].created_at == 5
    assert desired.organizations[0].id == "org_1"


def test_what_is_new_gets_ids_and_the_time(tmp_path: Path) -> None:
    desired = run(tmp_path, upstream(), model(max_output_tokens=9), organization())
    assert desired.upstreams[0].id.startswith("up_")
    assert desired.organizations[0].id.startswith("org_")
    assert (desired.models[0].created_at, desired.models[0].max_output_tokens) == (77, 9)
    assert desired.models[0].price == Price(currency="USD", input=1_000_000_000, output=2_000_000_000)


def test_an_organization_keeps_its_id_when_its_retention_changes(tmp_path: Path) -> None:
    catalogue = Catalogue(revision=1, organizations=(Organization("org_1", "acme", 30),))
    current = Snapshot(catalogue=catalogue, wallets={}, kept_by={})
    for days in (0, 400):
        desired = run(tmp_path, organization(retain_responses_days=days), current=current)
        assert desired.organizations == (Organization("org_1", "acme", days),)
    assert run(tmp_path, organization(), current=current).organizations == (Organization("org_1", "acme", 0),)


def test_an_hour_of_cache_alone_is_a_price(tmp_path: Path) -> None:
    price = {"currency": "USD", "input": "0", "output": "0", "cache_creation_1h_input": "1"}
    (found,) = run(tmp_path, model(price=price)).models
    assert found.price == Price(currency="USD", input=0, output=0, cache_creation_1h_input=1_000_000_000)


def test_an_upstream_s_optional_fields(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    fields = {"proxy": "http://u:p@proxy:1/", "ca_file": "ca.pem", "timeouts": {"idle": 7}, "priority": 2, "weight": 3}
    spoken = ["openai.chat", "openai.embeddings", "openai.chat"]
    (found,) = run(tmp_path, upstream(**fields, dialects=spoken)).upstreams
    assert found.dialects == ("openai.chat", "openai.embeddings")
    assert found.proxy == "http://u:p@proxy:1"
    assert found.ca_file == str(tmp_path / "ca.pem")
    assert (found.timeouts.idle_s, found.timeouts.total_s) == (7.0, 600.0)
    assert (found.priority, found.weight) == (2, 3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"vendor": "opnai"}, "upstreams[0].vendor: expected one of openai, openai_compatible, got 'opnai'"),
        (
            {"vendor": "openai_compatible"},
            "upstreams[0].base_url: missing: the vendor 'openai_compatible' has no address of its own",
        ),
        ({"keys": ["sk-a", "sk-b", "sk-a"]}, "upstreams[0].keys: the same as keys[0]"),
        (
            {"dialects": ["gemini.generate"]},
            (
                "upstreams[0].dialects: openai speaks openai.responses, openai.chat, openai.completions, "
                "openai.embeddings, not gemini.generate"
            ),
        ),
        ({"ca_file": "nope.pem"}, "upstreams[0].ca_file: can't be read: No such file or directory"),
        ({"ca_file": "empty.pem"}, "upstreams[0].ca_file: holds no certificate in PEM form"),
    ],
)
def test_an_upstream_s_mistakes(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    (tmp_path / "empty.pem").write_text("")
    run(tmp_path, upstream(**fields), said=[said])


def test_a_free_model_is_of_the_only_currency_in_use(tmp_path: Path) -> None:
    free = Price(currency="EUR", input=0, output=0)
    entry = model(price=None, free=True)
    assert run(tmp_path, entry, organization(opening_credit="1 EUR")).models[0].price == free
    assert run(tmp_path, entry, current=opened(Money(1, "EUR"))).models[0].price == free


def test_a_free_model_may_say_its_currency(tmp_path: Path) -> None:
    entry = model(price={"currency": "CNY", "input": "0", "output": "0.00"}, free=True)
    found = run(tmp_path, entry, organization(opening_credit="1 EUR"))
    assert found.models[0].price == Price(currency="CNY", input=0, output=0)


def test_a_free_model_keeps_its_currency(tmp_path: Path) -> None:
    seen = Model(name="m", routes=(ModelRoute("a", "b"),), price=Price(currency="CNY", input=0, output=0))
    current = Snapshot(
        catalogue=Catalogue(revision=1, models=(seen,)), wallets={"org_1": (Money(1, "USD"),)}, kept_by={}
    )
    assert run(tmp_path, model(price=None, free=True), current=current).models[0].price == seen.price


@pytest.mark.parametrize(("opening", "there"), [([], "no currency"), (["1 USD", "1 CNY"], "CNY, USD")])
def test_a_free_model_s_currency_is_not_guessed(tmp_path: Path, opening: list[str], there: str) -> None:
    said = (
        'models[0].free: say of which currency, as in price: {currency: USD, input: "0", output: "0"}; '
        f"in use: {there}"
    )
    run(tmp_path, model(price=None, free=True), organization(opening_credit=opening), said=[said])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"price": None}, "models[0].price: missing: give a price, or free: true if calls shall cost nothing"),
        ({"free": True}, "models[0].price: more than 0 beside free: true: keep one"),
        (
            {"price": {"currency": "USD", "input": "0", "output": "0.00"}},
            "models[0].price: nothing has a price: add free: true if calls shall cost nothing",
        ),
        (
            {"routes": [{"upstream": "main", "model": "x"}] * 2},
            "models[0].routes: the same as routes[0]",
        ),
    ],
)
def test_a_model_s_mistakes(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    run(tmp_path, model(**fields), said=[said])


def opened(*wallets: Money) -> Snapshot:
    catalogue = Catalogue(revision=1, organizations=(Organization("org_1", "acme"),))
    return Snapshot(catalogue=catalogue, wallets={"org_1": wallets}, kept_by={})


def test_only_new_wallets_are_opened(tmp_path: Path) -> None:
    usd, cny = Money.parse("1 USD"), Money.parse("0 CNY")
    entry = organization(opening_credit=["1.00 USD", "0 CNY"])
    assert run(tmp_path, entry, current=opened(usd)).wallets == (("org_1", cny),)
    assert run(tmp_path, entry, current=opened(usd, cny)).wallets == ()


def test_a_wallet_s_opening_credit_can_t_be_changed(tmp_path: Path) -> None:
    said = (
        "organizations[0].opening_credit: the USD wallet was opened with 1.00 USD; an opening credit is booked once "
        "and can't be changed"
    )
    run(tmp_path, organization(opening_credit="2 USD"), current=opened(Money.parse("1 USD")), said=[said])


def test_a_currency_is_credited_once(tmp_path: Path) -> None:
    said = "organizations[0].opening_credit: a second opening credit in USD"
    run(tmp_path, organization(opening_credit=["1 USD", "1 USD"]), said=[said])
