from tests.routing.served import served_of, upstream
from waystation.routing.names import Named, Names, is_callable
from waystation.wire.catalogue import Model, ModelRoute
from waystation.wire.overrides import BodyRule, Overrides, When


def model(name: str, *routes: str, aliases: tuple[str, ...] = (), matches: tuple[str, ...] = ()) -> Model:
    made = tuple(ModelRoute("a", route) for route in routes or (f"{name}-there",))
    return Model(name=name, routes=made, price=None, aliases=aliases, matches=matches)


def names(*models: Model) -> Names:
    return Names(served_of(models, upstream("a")))


def there(found: Named | None) -> list[str]:
    """The names at the upstreams."""
    return [] if found is None else [route.model for tier in found.served.tiers for route in tier]


def test_a_name_goes_before_an_alias_and_that_before_patterns_in_their_order() -> None:
    known = names(
        model("any", "any-{name}", matches=("*",)),
        model("gpt", matches=("gpt-*",)),
        model("gpt-4o", aliases=("best",)),
        model("best-of-all", aliases=("gpt-4o-old",)),
    )
    assert there(known.find("gpt-4o")) == ["gpt-4o-there"]
    assert there(known.find("best")) == ["gpt-4o-there"]
    assert there(known.find("gpt-4o-old")) == ["best-of-all-there"]
    assert there(known.find("gpt-5")) == ["any-gpt-5"]  # the first pattern that was written


def test_a_pattern_makes_the_upstreams_names_of_what_it_captures() -> None:
    known = names(model("gpt", "openai/gpt-{1}", "plain", "{name}", matches=("gpt-*", "regex:(o[0-9])")))
    found = known.find("gpt-4o")
    assert found is not None
    assert found.made
    assert found.served.model.name == "gpt"
    assert there(found) == ["openai/gpt-4o", "plain", "gpt-4o"]
    assert [route.made for tier in found.served.tiers for route in tier] == [True, False, True]
    assert there(known.find("o1")) == ["openai/gpt-o1", "plain", "o1"]
    assert known.find("claude") is None


def test_a_model_whose_routes_need_a_pattern_is_not_called_by_its_own_name() -> None:
    known = names(model("gpt", "{name}", matches=("gpt-*",)))
    assert known.find("gpt") is None
    served = served_of((model("gpt", "{name}", matches=("gpt-*",)), model("m")), upstream("a"))
    assert [is_callable(served[name]) for name in ("gpt", "m")] == [False, True]


def test_what_is_known_of_a_route_is_so_for_all_names_of_its_pattern() -> None:
    known = names(model("gpt", "{name}", matches=("gpt-*",)))
    one, other = known.find("gpt-4"), known.find("gpt-5")
    assert one is not None
    assert other is not None
    assert one.served.tiers[0][0].statistics is other.served.tiers[0][0].statistics


def test_a_route_whose_name_can_t_be_made_is_left_out() -> None:
    known = names(model("gpt", "{1}", "plain", matches=("gpt*",)), model("o", "{1}", matches=("o*",)))
    assert there(known.find("gpt")) == ["plain"]
    assert known.find("o") is None


def test_overrides_are_those_for_the_name_that_was_made() -> None:
    rule = BodyRule(action="set", member="seed", value="1", when=When(models=("gpt-4*",)))
    at = upstream("a", overrides=Overrides(body=(rule,)))
    known = Names(served_of((model("gpt", "{name}", matches=("gpt-*",)),), at))
    one, other = known.find("gpt-4o"), known.find("gpt-5")
    assert one is not None
    assert other is not None
    assert one.served.tiers[0][0].rules is not None
    assert other.served.tiers[0][0].rules is None


def test_suffixes_wish_an_order_and_are_no_part_of_a_name() -> None:
    known = names(model("m", aliases=("alias",)), model("m:floor-plan"), model("gpt", "{name}", matches=("gpt-*",)))
    floor, nitro, made = known.find("m:floor"), known.find("alias:nitro"), known.find("gpt-4:floor")
    assert floor is not None
    assert nitro is not None
    assert made is not None
    assert (floor.sort, nitro.sort, made.sort) == ("price", "throughput", "price")
    assert there(made) == ["gpt-4"]
    assert made.made
    assert known.find("nobody:floor") is None
    assert known.find(":floor" * 40) is None


def test_a_model_may_have_a_name_with_a_suffix() -> None:
    found = names(model("m"), model("m:floor")).find("m:floor")
    assert found is not None
    assert (found.served.model.name, found.sort) == ("m:floor", None)


def test_claude_code_s_name_of_a_model_is_no_pattern_s() -> None:
    known = names(model("m"), model("any", "{name}", matches=("*",)))
    assert there(known.find("anthropic/m")) == ["m-there"]
    assert there(known.find("anthropic/other")) == ["anthropic/other"]
