"""Faults of an account that is out of money, each in the words of one vendor: hardly two use the same.

Statuses and codes from the vendors' own error pages (2026-11): help.aliyun.com, open.bigmodel.cn, platform.minimax.io,
platform.kimi.com, volcengine.com/docs/82379/1299023, api-docs.deepseek.com, docs.siliconflow.cn.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from waystation.demo.answer import Answer, Framing, Step
from waystation.demo.faults.fault import Fault, Script, Shelf
from waystation.demo.scene import Scene, headers, told

shelf: Final = Shelf()

_Body = dict[str, object]


def _error(**members: object) -> _Body:
    return {"error": members}


_SPELLINGS: Final[dict[str, tuple[int, _Body]]] = {
    "arrears-dashscope": (
        400,
        _error(message="Access denied, please make sure your account is in good standing.", code="Arrearage"),
    ),
    "arrears-zhipu": (429, _error(code="1113", message="您的账户已欠费，请充值后重试。")),
    "arrears-zhipu-plan": (429, _error(code="1309", message="您的编码套餐已到期，暂无法使用。")),
    "arrears-minimax": (
        200,
        {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
    ),
    "arrears-moonshot": (
        429,
        _error(message="Your account is not active, please check your plan.", type="exceeded_current_quota_error"),
    ),
    "arrears-ark": (403, _error(code="AccountOverdueError", message="Your account has an overdue balance.", param="")),
    "arrears-ark-quota": (429, _error(code="QuotaExceeded", message="Your free quota has been spent.", param="")),
    "arrears-ark-own-limit": (429, _error(code="SetLimitExceeded", message="Your own limit is reached.", param="")),
    "arrears-deepseek": (
        402,
        _error(message="Insufficient Balance", type="unknown_error", code="invalid_request_error"),
    ),
    "arrears-siliconflow": (
        403,
        {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None},
    ),
}


def _in_arrears(status: int, body: bytes) -> Script:
    def script(scene: Scene) -> Iterator[Step]:
        return told(scene, Answer(status, headers(scene, "application/json"), (body,), Framing.LENGTH))

    return script


for _name, (_status, _body) in _SPELLINGS.items():
    _about = f"Status {_status}: no money, in the words of {_name.split('-')[1]}."
    shelf.faults.append(Fault(_name, _about, _in_arrears(_status, msgspec.json.encode(_body)), metered=False))
