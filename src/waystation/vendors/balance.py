"""Vendors that tell an account's balance to its key, by the host of their API.

DeepSeek: api-docs.deepseek.com, "Get User Balance". Moonshot: platform.kimi.com/docs/api, "Balance". SiliconFlow:
docs.siliconflow.cn, "userinfo/get-user-info". Read 2026-11.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec


@dataclass(frozen=True, slots=True)
class Balance:
    """Where it is asked for, on the vendor's host. `is_left` knows its answer's form."""

    path: str
    is_left: Callable[[bytes], bool]

    def read(self, body: bytes) -> bool | None:
        """Whether there is money; None: the answer is not understood, whatever a vendor or a proxy has sent."""
        try:
            return self.is_left(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):  # bytes that are no UTF-8 are a ValueError too
            return None


class _DeepSeek(msgspec.Struct):
    is_available: bool


class _MoonshotData(msgspec.Struct):
    available_balance: float


class _Moonshot(msgspec.Struct):
    data: _MoonshotData


class _SiliconFlowData(msgspec.Struct):
    totalBalance: str  # noqa: N815 - its name there


class _SiliconFlow(msgspec.Struct):
    data: _SiliconFlowData


def _deepseek(body: bytes) -> bool:
    return msgspec.json.decode(body, type=_DeepSeek).is_available


def _moonshot(body: bytes) -> bool:
    return msgspec.json.decode(body, type=_Moonshot).data.available_balance > 0


def _siliconflow(body: bytes) -> bool:
    return float(msgspec.json.decode(body, type=_SiliconFlow).data.totalBalance) > 0


_MOONSHOT: Final = Balance("/v1/users/me/balance", _moonshot)
_SILICONFLOW: Final = Balance("/v1/user/info", _siliconflow)
_BY_HOST: Final = {
    "api.deepseek.com": Balance("/user/balance", _deepseek),
    "api.moonshot.cn": _MOONSHOT,
    "api.moonshot.ai": _MOONSHOT,
    "api.siliconflow.cn": _SILICONFLOW,
    "api.siliconflow.com": _SILICONFLOW,
}


def balance_at(host: str) -> Balance | None:
    """How the vendor behind this host is asked; None: it can't be."""
    return _BY_HOST.get(host)
