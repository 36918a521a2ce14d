from tests.manifest.conftest import FILE, Desk
from waystation.manifest.naming import naming_fields, naming_text, route_fields, route_text
from waystation.wire.catalogue import Model, ModelRoute

NAMED = FILE.replace(
    "    routes: [{upstream: main, model: gpt-4o-2024-08-06}]\n",
    """\
    routes:
      - {upstream: main, model: gpt-4o-2024-08-06, tags: [fp8, eu], context_length: 128000}
      - {upstream: main, model: gpt-4o-mini, max_output_tokens: 4096, inputs: [text, image]}
    aliases: [best, best-of-all]
    fallbacks: [any]
    context_length: 1000000
    inputs: [text]
    price: {currency: USD, input: "2.50", output: "10.00"}
  - name: any
    matches: ["gpt-*", "regex:o([0-9])"]
    routes: [{upstream: main, model: "openai/{1}"}, {upstream: main, model: "{name}"}]
""",
).replace('    keys: ["${KEY_A}"', '    tags: [zdr]\n    keys: ["${KEY_A}"')


def test_names_go_into_the_catalogue_and_come_back_as_they_were(desk: Desk) -> None:
    desk.apply(NAMED)
    catalogue = desk.snapshot().catalogue
    model, pattern = catalogue.models
    assert catalogue.upstreams[0].tags == ("zdr",)
    assert model.routes[0] == ModelRoute("main", "gpt-4o-2024-08-06", ("fp8", "eu"), 128_000)
    assert model.routes[1] == ModelRoute("main", "gpt-4o-mini", (), None, 4096, ("text", "image"))
    assert (model.aliases, model.fallbacks) == (("best", "best-of-all"), ("any",))
    assert (model.context_length, model.inputs) == (1_000_000, ("text",))
    assert pattern.matches == ("gpt-*", "regex:o([0-9])")
    exported = desk.operations.export(with_secrets=True)
    assert not desk.apply(exported).changing
    assert desk.snapshot().catalogue == catalogue


def test_a_file_that_says_nothing_of_them_takes_them_away(desk: Desk) -> None:
    desk.apply(NAMED)
    text = desk.apply(FILE).text()
    assert "aliases: best, best-of-all -> none" in text
    assert "tags: zdr -> none" in text
    assert desk.snapshot().catalogue.models[0].aliases == ()


def test_what_a_route_makes_of_a_pattern_must_be_there(desk: Desk) -> None:
    assert desk.mistakes(NAMED.replace('"openai/{1}"', '"openai/{2}"')) == [
        "waystation.yaml:19: models[1].routes[0].model: {2} is more than 'gpt-*' captures, which is 1"
    ]
    (mistake,) = desk.mistakes(
        NAMED.replace("gpt-4o-2024-08-06", '"{name}"').replace("    aliases: [best, best-of-all]\n", "")
    )
    assert "this model has no 'matches'" in mistake


def test_an_alias_of_a_model_that_needs_a_pattern_is_refused(desk: Desk) -> None:
    (mistake,) = desk.mistakes(NAMED.replace("  - name: any\n", "  - name: any\n    aliases: [all]\n"))
    assert "an alias has none of that" in mistake


def test_two_routes_to_one_place_are_a_mistake(desk: Desk) -> None:
    (mistake,) = desk.mistakes(NAMED.replace("gpt-4o-mini", "gpt-4o-2024-08-06"))
    assert "routes[1]: the same as routes[0]" in mistake


def test_as_text_and_as_fields() -> None:
    route = ModelRoute("main", "m", ("eu",), 1000, 50, ("text", "image"))
    assert route_text(route) == "main/m (eu; context 1000; output 50; takes text, image)"
    assert route_text(ModelRoute("main", "m")) == "main/m"
    assert route_fields(ModelRoute("main", "m")) == {"model": "m"}
    bare = Model(name="m", routes=(), price=None)
    assert naming_fields(bare) == {}
    assert set(naming_text(bare).values()) == {None}
