import msgspec

from waystation.ports import Endpoint
from waystation.routing.route import endpoint_of, serve, ways_of
from waystation.vendors import vendors
from waystation.wire.catalogue import Catalogue, Model, ModelRoute, Upstream
from waystation.wire.price import Price


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
