import msgspec

from waystation.ports import Endpoint
from waystation.routing.breaker import Breakers
from waystation.routing.route import endpoint_of, serve, ways_of
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Upstream
from waystation.wire.price import Price
from waystation.wire.routing import BreakerSettings, Routing, Strategy


def upstream(name: str, priority: int = 0, base_url: str = "http://127.0.0.1:9001/v1") -> Upstream:
    return Upstream(
        id=f"up_{name}", name=name, vendor="openai_compatible", base_url=base_url, keys=(), priority=priority
    )


def test_an_endpoint_is_read_from_the_base_url() -> None:
    assert endpoint_of(upstream("a")) == Endpoint("http", "127.0.0.1", 9001, "/v1")
    assert endpoint_of(upstream("b", base_url="https://api.x.example/")) == Endpoint("https", "api.x.example", 443)
    assert endpoint_of(upstream("c", base_url="http://[::1]/v1/")) == Endpoint("http", "::1", 80, "/v1")


def test_an_endpoint_shows_no_password_of_a_proxy() -> None:
    shown = repr(Endpoint("https", "api.x.example", 443, "/v1", proxy="http://me:secret@proxy.example:3128"))
    assert shown == "Endpoint(https://api.x.example:443/v1)"


def test_a_server_is_asked_in_the_languages_that_it_is_sure_to_know() -> None:
    vendor = vendors()["openai_compatible"]
    ways = ways_of(upstream("a"), vendor)
    assert (ways["openai.chat"], ways["openai.responses"], ways["anthropic.messages"]) == ("openai.chat",) * 3
    assert (ways["openai.embeddings"], ways["gemini.embed"]) == ("openai.embeddings",) * 2


def test_the_operator_names_the_languages_of_an_upstream() -> None:
    vendor = vendors()["openai_compatible"]
    ways = ways_of(msgspec.structs.replace(upstream("a"), dialects=("openai.responses",)), vendor)
    assert (ways["openai.chat"], ways["openai.responses"]) == ("openai.responses",) * 2
    assert "openai.embeddings" not in ways


def test_routes_are_gathered_into_tiers_by_priority() -> None:
    catalogue = Catalogue(
        revision=1,
        upstreams=(upstream("spare", 5), upstream("main"), upstream("twin")),
        models=(
            Model(
                name="m",
                routes=(ModelRoute("spare", "m-s"), ModelRoute("main", "m-1"), ModelRoute("twin", "m-2")),
                price=Price(currency="USD", input=1, output=1),
            ),
        ),
    )
    served = serve(catalogue, vendors())["m"]
    assert [[route.model for route in tier] for tier in served.tiers] == [["m-1", "m-2"], ["m-s"]]


def model(name: str, strategy: Strategy | None, *routes: ModelRoute) -> Model:
    routing = None if strategy is None else Routing(strategy=strategy)
    return Model(name=name, routes=routes, price=None, routing=routing)


def test_calls_are_counted_only_where_a_strategy_needs_it_and_for_all_names_of_a_model() -> None:
    main, twin = ModelRoute("main", "m"), ModelRoute("twin", "m")
    catalogue = Catalogue(
        revision=1,
        upstreams=(upstream("main"), upstream("twin"), upstream("third")),
        models=(
            model("a", "least_in_flight", main, twin),
            model("b", None, main, ModelRoute("third", "m")),
            model("c", "round_robin", twin),
            model("d", "sticky", ModelRoute("third", "m")),
        ),
    )
    served = serve(catalogue, vendors())
    loads = {name: [route.load for route in one.tiers[0]] for name, one in served.items()}
    assert None not in loads["a"]
    assert loads["b"] == [loads["a"][0], None]
    assert loads["c"] == [loads["a"][1]]
    assert loads["d"] == [None]
    after = serve(msgspec.structs.replace(catalogue, revision=2), vendors(), served)
    assert [route.load for route in after["a"].tiers[0]] == loads["a"]


def test_a_breaker_is_of_an_upstream_s_model_and_outlives_a_revision() -> None:
    breakers = Breakers(lambda: 0.5, lambda _change: None)
    quiet = msgspec.structs.replace(upstream("quiet"), breaker=BreakerSettings(enabled=False))
    catalogue = Catalogue(
        revision=1,
        upstreams=(upstream("main"), quiet),
        models=(
            model("a", None, ModelRoute("main", "m"), ModelRoute("quiet", "m")),
            model("b", None, ModelRoute("main", "m"), ModelRoute("main", "n")),
        ),
    )
    served = serve(catalogue, vendors(), None, breakers)
    (one, none), (same, other) = ([route.breaker for route in served[name].tiers[0]] for name in "ab")
    assert (one is same, one is other, none) == (True, False, None)
    less = msgspec.structs.replace(catalogue, models=catalogue.models[:1])
    assert serve(less, vendors(), served, breakers)["a"].tiers[0][0].breaker is one
    assert list(breakers.all()) == [("up_main", "m")]
