from waystation.wire.stored import StoredResponse

PLAIN = StoredResponse(
    id="resp_1", organization_id="org_1", token_id="tok_1", model="gpt-4o", created_at=1.0, expires_at=2.0
)
TOLD = StoredResponse(
    id="resp_1",
    organization_id="org_1",
    token_id="tok_1",
    model="gpt-4o",
    created_at=1.0,
    expires_at=2.0,
    input_items=b'["a secret plan"]',
    output=b"[]",
    body=b"{}",
)


def test_what_its_vendor_keeps_has_no_text() -> None:
    assert (PLAIN.has_text, PLAIN.text_bytes) == (False, 0)


def test_its_text_is_all_three_parts() -> None:
    assert (TOLD.has_text, TOLD.text_bytes) == (True, 17 + 2 + 2)


def test_its_text_is_in_no_repr() -> None:
    assert repr(TOLD) == "StoredResponse(id='resp_1', organization_id='org_1')"
