"""Errands: what a person has booked."""

from waystation.ledger.errand import Correction, Gift, Memo, Refund, Sides, TopUp, digest, sides


def test_the_digest_tells_errands_apart() -> None:
    top_up = TopUp(organization_id="org_1", amount_nanos=1, currency="USD")
    others = (
        TopUp(organization_id="org_1", amount_nanos=2, currency="USD"),
        TopUp(organization_id="org_1", amount_nanos=1, currency="USD", memo=Memo(by="ann")),
        Refund(organization_id="org_1", amount_nanos=1, currency="USD"),
        Gift(organization_id="org_1", amount_nanos=1, currency="USD"),
        Correction(organization_id="org_1", posting_id=1, due_nanos=1),
    )
    assert digest(top_up) == digest(TopUp(organization_id="org_1", amount_nanos=1, currency="USD"))
    assert len({digest(errand) for errand in (top_up, *others)}) == 6


def test_more_goes_on_and_less_comes_back() -> None:
    assert sides(70, booked_nanos=50, debit_account=1, credit_account=2) == Sides(1, 2, 20)
    assert sides(30, booked_nanos=50, debit_account=1, credit_account=2) == Sides(2, 1, 20)
    assert sides(50, booked_nanos=50, debit_account=1, credit_account=2).amount_nanos == 0
