import pytest

from waystation.ledger.reconcile.keys import fingerprint_of
from waystation.wire.catalogue import UpstreamKey

KEYS = (
    UpstreamKey("key_1", "sk-519dd0000000007ad9", "aaaa1111"),
    UpstreamKey("key_2", "sk-519dd1111111117ad9", "bbbb2222"),
    UpstreamKey("key_3", "sk-abc", "cccc3333"),
)


@pytest.mark.parametrize(
    ("name", "fingerprint"),
    [
        ("aaaa1111", "aaaa1111"),
        ("sk-abc", "cccc3333"),
        ("sk-519dd0****7ad9", "aaaa1111"),
        ("sk-519dd1...d9", "bbbb2222"),
        ("sk-ab…", "cccc3333"),
        ("sk-519dd****7ad9", "sk-519dd****7ad9"),
        ("sk-519dd0****xxxx", "sk-519dd0****xxxx"),
        ("production", "production"),
    ],
)
def test_a_name_means_the_one_key_that_fits(name: str, fingerprint: str) -> None:
    assert fingerprint_of(name, KEYS) == fingerprint
