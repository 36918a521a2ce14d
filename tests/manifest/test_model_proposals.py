import yaml

from tests.manifest.conftest import ENVIRON, FILE, Desk
from waystation.manifest.model_proposals import Comparison, Line, compare, propose
from waystation.vendors.model_list import Offered

OFFERED = (Offered("gpt-4o-2024-08-06"), Offered("gpt-5", 32_000), Offered("odd name"), Offered("1e3"))
AT = 1_800_000_000.0


def test_what_is_offered_stands_beside_what_is_used(desk: Desk) -> None:
    desk.apply(FILE)
    compared = compare(desk.snapshot().catalogue, "main", OFFERED[1:])
    assert compared == Comparison(
        upstream="main",
        models=(
            Line(model="1e3", offered=True),
            Line(model="gpt-4o-2024-08-06", offered=False, public=("gpt-4o",)),
            Line(model="gpt-5", offered=True, output_tokens=32_000),
            Line(model="odd name", offered=True),
        ),
    )
    assert [line.model for line in compared.missing] == ["gpt-4o-2024-08-06"]
    assert [line.model for line in compared.unused] == ["1e3", "gpt-5", "odd name"]


def test_a_proposal_is_a_file_that_lacks_only_prices(desk: Desk) -> None:
    desk.apply(FILE)
    catalogue = desk.snapshot().catalogue
    text = propose(catalogue, compare(catalogue, "main", OFFERED), AT)
    assert text is not None
    assert text.startswith("# What the upstream main offers and no route uses, as of 2027-01-15T08:00:00Z.\n")
    assert "can't be called so here: odd name" in text
    assert yaml.safe_load(text) == {
        "models": [
            {"name": "1e3", "routes": [{"upstream": "main", "model": "1e3"}]},
            {"name": "gpt-5", "routes": [{"upstream": "main", "model": "gpt-5"}], "max_output_tokens": 32_000},
        ]
    }
    mistakes = desk.mistakes(text)
    assert [mistake.partition(": ")[2] for mistake in mistakes] == [
        f"models[{at}].price: missing: give a price, or free: true if calls shall cost nothing" for at in (0, 1)
    ]
    priced = text.replace("- name:", '- price: {currency: USD, input: "1", output: "2"}\n  name:')
    assert desk.apply(priced).counts()["create"] == 2


def test_a_public_model_of_that_name_gets_one_more_route(desk: Desk) -> None:
    second = '  - {name: second, vendor: openai, keys: ["${KEY_B}"]}\nmodels:'
    desk.apply(FILE.replace("models:", second, 1))
    catalogue = desk.snapshot().catalogue
    text = propose(catalogue, compare(catalogue, "second", (Offered("gpt-4o"),)), AT)
    assert text is not None
    plan = desk.apply(text, environ=ENVIRON)
    assert [change.field for step in plan.steps for change in step.changes] == ["routes"]
    (model,) = desk.snapshot().catalogue.models
    assert [(route.upstream, route.model) for route in model.routes] == [
        ("main", "gpt-4o-2024-08-06"),
        ("second", "gpt-4o"),
    ]
    assert model.price == catalogue.models[0].price


def test_where_all_is_used_there_is_nothing_to_propose(desk: Desk) -> None:
    desk.apply(FILE)
    catalogue = desk.snapshot().catalogue
    assert propose(catalogue, compare(catalogue, "main", OFFERED[:1]), AT) is None
    assert propose(catalogue, compare(catalogue, "main", (Offered("odd name"),)), AT) is None


def test_what_a_pattern_lets_through_is_used(desk: Desk) -> None:
    desk.apply(
        FILE.replace("    price:", "    matches: ['gpt-*']\n    price:").replace("gpt-4o-2024-08-06", '"{name}"')
    )
    compared = compare(desk.snapshot().catalogue, "main", (Offered("gpt-5"), Offered("o1")))
    assert [(line.model, line.public) for line in compared.models] == [("gpt-5", ("gpt-4o",)), ("o1", ())]
    assert compared.missing == ()
