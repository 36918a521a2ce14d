import pytest

from waystation.vendors.balance import balance_at


@pytest.mark.parametrize(
    ("host", "path", "paid", "unpaid"),
    [
        ("api.deepseek.com", "/user/balance", b'{"is_available":true,"balance_infos":[]}', b'{"is_available":false}'),
        (
            "api.moonshot.cn",
            "/v1/users/me/balance",
            b'{"code":0,"data":{"available_balance":49.5,"voucher_balance":46.5,"cash_balance":3},"status":true}',
            b'{"code":0,"data":{"available_balance":0}}',
        ),
        (
            "api.siliconflow.cn",
            "/v1/user/info",
            b'{"code":20000,"data":{"balance":"0.88","chargeBalance":"88.00","totalBalance":"88.88"}}',
            b'{"code":20000,"data":{"totalBalance":"-0.01"}}',
        ),
    ],
)
def test_each_vendor_is_asked_and_understood(host: str, path: str, paid: bytes, unpaid: bytes) -> None:
    balance = balance_at(host)
    assert balance is not None
    assert (balance.path, balance.read(paid), balance.read(unpaid)) == (path, True, False)
    broken = (b"", b"<html>", b"[]", b'{"data":{"totalBalance":"much","available_balance":"much"}}')
    hostile = (b'{"\xff":1}', b'{"data":{"totalBalance":"\xff"}}', b'{"a":' * 100_000)
    for odd in (*broken, *hostile):
        assert balance.read(odd) is None


def test_other_hosts_tell_nothing() -> None:
    assert balance_at("api.openai.com") is None
