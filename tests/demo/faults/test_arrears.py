"""Arrears, as each vendor spells them."""

import json

import pytest

from tests.demo.raw import HELLO, STREAM, seen
from waystation.demo.faults.arrears import shelf

SPELLINGS = {
    "arrears-dashscope": (400, ("error", "code"), "Arrearage"),
    "arrears-zhipu": (429, ("error", "code"), "1113"),
    "arrears-zhipu-plan": (429, ("error", "code"), "1309"),
    "arrears-minimax": (200, ("base_resp", "status_code"), 1008),
    "arrears-moonshot": (429, ("error", "type"), "exceeded_current_quota_error"),
    "arrears-ark": (403, ("error", "code"), "AccountOverdueError"),
    "arrears-ark-quota": (429, ("error", "code"), "QuotaExceeded"),
    "arrears-ark-own-limit": (429, ("error", "code"), "SetLimitExceeded"),
    "arrears-deepseek": (402, ("error", "message"), "Insufficient Balance"),
    "arrears-siliconflow": (403, ("code",), 30001),
}


@pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])
@pytest.mark.parametrize("fault", SPELLINGS)
async def test_an_account_without_money_says_so_in_its_vendors_words(fault: str, what: dict[str, object]) -> None:
    got = await seen(fault, what)
    status, path, word = SPELLINGS[fault]
    said = json.loads(got.body)
    for name in path:
        said = said[name]
    assert (got.status, said) == (status, word)


def test_every_spelling_is_known_here() -> None:
    assert {fault.name for fault in shelf.faults} == set(SPELLINGS)
