"""What a list says of one model, and whom an upstream belongs to."""

from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from waystation.wire.catalogue import Upstream
from waystation.wire.money import NANOS_PER_UNIT
from waystation.wire.price import Price

# Hosts by the name that we give to who sells there.
_SELLERS: Final = {
    "api.openai.com": "openai",
    "*.openai.azure.com": "azure",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "api.cohere.com": "cohere",
    "api.mistral.ai": "mistral",
    "api.x.ai": "x-ai",
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "dashscope*.aliyuncs.com": "dashscope",
    "ark.*.volces.com": "volcengine",
    "qianfan.baidubce.com": "qianfan",
    "api.hunyuan.cloud.tencent.com": "hunyuan",
    "open.bigmodel.cn": "zhipu",
    "api.z.ai": "zai",
    "api.moonshot.*": "moonshot",
    "api.minimax*": "minimax",
    "spark-api-open.xf-yun.com": "spark",
    "api.stepfun.com": "stepfun",
    "api.siliconflow.*": "siliconflow",
}
_VENDORS: Final = {"openai": "openai", "anthropic": "anthropic", "gemini": "google", "cohere": "cohere"}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`later`: prices that the list dates after today, with their starts (Unix seconds).

    `unread`: what the list says of the model that we have no word for. It is told, never dropped in silence.
    """

    price: Price
    source: str
    later: tuple[tuple[int, Price], ...] = ()
    unread: tuple[str, ...] = ()


class PriceList(Protocol):
    @property
    def origin(self) -> str:
        """What the list is called, for notes."""
        ...

    def find(self, upstream: Upstream, model: str) -> Offer | None:
        """What the list knows of an upstream's model."""
        ...

    def search(self, model: str) -> Iterator[Offer]:
        """What any seller asks for a model of this name."""
        ...


def seller_of(upstream: Upstream) -> str | None:
    """By its address, or by its vendor if that has only one."""
    host = urlsplit(upstream.base_url).hostname or ""
    for pattern, seller in _SELLERS.items():
        if fnmatchcase(host, pattern):
            return seller
    return None if upstream.base_url else _VENDORS.get(upstream.vendor)


def nanos_up(amount: Decimal, scale: int) -> int:
    """`amount` x `scale` in nano-units. What is finer is rounded up: a float of a third has no end."""
    exact = amount * scale * NANOS_PER_UNIT
    if exact < 0:
        raise ValueError("a price below 0")
    whole = int(exact)
    # A list's floats carry noise behind their fifteenth digit, which is no price.
    return whole if exact - whole < Decimal("0.000001") * max(1, whole) / 1_000_000 else whole + 1
