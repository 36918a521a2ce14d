import ssl

import pytest
import trustme

from waystation.adapters.upstream_http.tls import TlsContexts


def test_certificates_and_names_are_always_verified() -> None:
    context = TlsContexts().context(None)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_context_is_made_once() -> None:
    contexts = TlsContexts()
    assert contexts.context(None) is contexts.context(None)


def test_an_extra_bundle_is_added_for_those_who_ask() -> None:
    authority = trustme.CA()
    contexts = TlsContexts()
    with authority.cert_pem.tempfile() as path:
        with_it = contexts.context(path)
    assert len(with_it.get_ca_certs()) == len(contexts.context(None).get_ca_certs()) + 1


def test_a_bundle_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        TlsContexts().context("/nowhere/ca.pem")
