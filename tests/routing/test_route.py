from waystation.ports import Endpoint
from waystation.routing.route import endpoint_of, serve
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Price, Upstream


def upstream(name: str, priority: int = 0, base_url: str = "http://127.0.0.1:9001/v1") -> Upstream:
    return Upstream(
        id=f"up_{name}", name=name, vendor="openai_compatible", base_url=base_url, keys=(), priority=priority
    )


def test_an_endpoint_is_read_from_the_base_url() -> None:
    assert endpoint_of(upstream("a")) == Endpoint("http", "127.0.0.1", 9001, "/v1")
    assert endpoint_of(upstream("b", base_url="https://api.x.example/")) == Endpoint("https", "api.x.example", 443)
    assert endpoint_of(upstream("c", base_url="http://[::1]/v1/")) == Endpoint("http", "::1", 80, "/v1")


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
