import json
from typing import Any

import pytest

from waystation.dialects.wishing import parted
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest
from waystation.wire.wish import MaxPrice, Percentiles, Wish

CHAT: Dialect = "openai.chat"


def wish_of(dialect: Dialect = CHAT, **members: Any) -> Wish:
    return parted(json.dumps({"model": "m", **members}).encode(), dialect)[1]


def test_wishes_are_taken_out_and_every_other_byte_stays() -> None:
    body = b'{ "model":"m" , "provider" : {"sort":"price"}, "messages": [ {"content":"\\u4f60 5.0"} ],"models":["a"] }'
    rest, wish = parted(body, CHAT)
    assert rest == b'{ "model":"m", "messages": [ {"content":"\\u4f60 5.0"} ] }'
    assert wish == Wish(sort="price", models=("a",))


def test_a_null_wishes_nothing_and_goes_too() -> None:
    assert parted(b'{"provider":null,"model":"m","models":null}', CHAT) == (b'{"model":"m"}', Wish())


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parted(b'\xef\xbb\xbf{"model":"m","models":["a"]}', CHAT) == (b'{"model":"m"}', Wish(models=("a",)))


def test_the_first_of_the_models_is_the_model_where_none_is_named() -> None:
    rest, wish = parted(b'{"models":["a","b"]}', CHAT)
    assert json.loads(rest) == {"model": "a"}
    assert wish.models == ("a", "b")


def test_all_of_a_provider_is_read() -> None:
    wish = wish_of(
        provider={
            "order": ["Azure", "OpenAI", "azure"],
            "only": ["azure", "通义"],
            "ignore": ["x"],
            "allow_fallbacks": False,
            "require_parameters": True,
            "data_collection": "deny",
            "zdr": True,
            "enforce_distillable_text": True,
            "quantizations": ["FP8", "unknown"],
            "sort": {"by": "latency", "partition": "model"},
            "max_price": {"prompt": 1, "completion": "2.5", "request": 0.001},
            "preferred_min_throughput": 50,
            "preferred_max_latency": {"p50": 1, "p99": 2.5},
        }
    )
    assert wish == Wish(
        order=("azure", "openai"),
        only=("azure", "通义"),
        ignore=("x",),
        allow_fallbacks=False,
        require_parameters=True,
        sort="latency",
        needs=(
            ("data_collection", frozenset({"data_collection:deny", "zdr"})),
            ("zdr", frozenset({"zdr"})),
            ("enforce_distillable_text", frozenset({"distillable"})),
            ("quantizations", frozenset({"fp8", "unknown"})),
        ),
        max_price=MaxPrice(prompt=10**9, completion=2_500_000_000, request=1_000_000),
        min_throughput=Percentiles(p50=50.0),
        max_latency=Percentiles(p50=1.0, p99=2.5),
    )


def test_what_is_as_it_is_anyway_wishes_nothing() -> None:
    provider = {"allow_fallbacks": True, "data_collection": "allow", "zdr": False, "order": [], "sort": None}
    assert wish_of(provider=provider) == Wish()


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"provider": []}, "provider"),
        ({"provider": {"prefer": ["x"]}}, "provider"),
        ({"provider": {"order": "azure"}}, "provider"),
        ({"provider": {"order": [""]}}, "provider.order"),
        ({"provider": {"only": ["x"] * 65}}, "provider.only"),
        ({"provider": {"ignore": ["x" * 129]}}, "provider.ignore"),
        ({"provider": {"sort": "exacto"}}, "provider.sort"),
        ({"provider": {"sort": {"by": "price", "partition": "none"}}, "models": ["a"]}, "provider.sort.partition"),
        ({"provider": {"data_collection": "perhaps"}}, "provider.data_collection"),
        ({"provider": {"quantizations": ["fp7"]}}, "provider.quantizations"),
        ({"provider": {"max_price": {"prompt": -1}}}, "provider.max_price.prompt"),
        ({"provider": {"max_price": {"prompt": "much"}}}, "provider.max_price.prompt"),
        ({"provider": {"max_price": {"prompt": 1e300}}}, "provider.max_price.prompt"),
        ({"provider": {"max_price": {"tokens": 1}}}, "provider"),
        ({"provider": {"preferred_max_latency": {"p42": 1}}}, "provider"),
        ({"models": "a"}, "models"),
        ({"models": ["a"] * 9}, "models"),
        ({"provider": {"order": ["x" * 70_000]}}, "provider"),
    ],
)
def test_what_can_t_be_honoured_is_refused_and_named(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        wish_of(**members)
    assert refused.value.param == param


def test_anthropic_s_fallbacks() -> None:
    wish = wish_of("anthropic.messages", fallbacks=[{"model": "a"}, {"model": "b"}])
    assert wish.models == ("a", "b")
    for members in (
        {"fallbacks": [{"model": "a"}] * 4},
        {"fallbacks": [{"model": "a", "max_tokens": 5}]},
        {"fallbacks": ["a"]},
        {"fallbacks": [{"model": "a"}], "models": ["b"]},
    ):
        with pytest.raises(BadRequest) as refused:
            wish_of("anthropic.messages", **members)
        assert refused.value.param == "fallbacks"


def test_elsewhere_a_member_of_that_name_is_the_vendor_s() -> None:
    rest, wish = parted(b'{"model":"m","fallbacks":[],"models":[]}', CHAT)
    assert (rest, wish) == (b'{"model":"m","fallbacks":[]}', Wish())
