import ssl
from pathlib import Path

import pytest
import trustme

from waystation.adapters.sql.tls import tls_of
from waystation.wire.errors import Misconfigured


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"sslmode": "disable"}, False),
        ({"sslmode": "prefer"}, None),
        ({"sslmode": "require"}, True),
    ],
)
def test_modes_that_check_nothing(options: dict[str, str], *, expected: bool | None) -> None:
    assert tls_of(options) is expected


@pytest.mark.parametrize(
    ("mode", "names", "checks"),
    [("verify-full", True, True), ("verify-ca", False, True), ("require", False, True)],
)
def test_modes_that_check_the_certificate(tmp_path: Path, mode: str, *, names: bool, checks: bool) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    context = tls_of({"sslmode": mode, "sslrootcert": str(tmp_path / "ca.pem")})
    assert isinstance(context, ssl.SSLContext)
    assert (context.check_hostname, context.verify_mode == ssl.CERT_REQUIRED) == (names, checks)


def test_a_certificate_of_one_s_own(tmp_path: Path) -> None:
    trustme.CA().issue_cert("gateway").private_key_and_cert_chain_pem.write_to_path(tmp_path / "own.pem")
    context = tls_of({"sslmode": "require", "sslcert": str(tmp_path / "own.pem")})
    assert isinstance(context, ssl.SSLContext)
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("options", [{"sslmode": "always"}, {"sslmode": "verify-full", "sslrootcert": "/none.pem"}])
def test_what_can_not_be_is_told(options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="WAYSTATION_DATABASE_URL"):
        tls_of(options)
