import pytest

from tests.manifest.conftest import SECRET, Desk

SERVING = """\
upstreams: [{name: main, vendor: openai, keys: [x]}]
models: [{name: m, routes: [{upstream: main, model: m}], price: {currency: USD, input: "1", output: "1"}}]
"""


def acme(fields: str) -> str:
    return f"{SERVING}organizations:\n- name: acme\n{fields}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("  models: [nope]", "organizations[0].models[0]: there is no model 'nope'; there are: m"),
        (
            "  members: [{name: a, limits: [{model: nope, rpm: 1}]}]",
            "organizations[0].members[0].limits[0].model: there is no model 'nope'; there are: m",
        ),
        ("  members: [{name: a, models: [m, m]}]", "organizations[0].members[0].models[1]: 'm' is listed twice"),
        (
            "  departments: [{name: a, departments: [{name: b, budget: {amount: 1 CNY}}]}]",
            "organizations[0].departments[0].departments[0].budget.amount: organization 'acme' has no wallet in CNY",
        ),
        (
            f"  currency: CNY\n  opening_credit: 1 USD\n  tokens: [{{name: ci, secret: {SECRET}, models: [m]}}]",
            "organizations[0].tokens[0].models[0]: organization 'acme' has no wallet in CNY, only in USD",
        ),
        (
            (
                f"  opening_credit: [1 USD, 1 CNY]\n  tokens: [{{name: ci, secret: {SECRET}, models: [m], "
                "budgets: [{amount: 1 USD}, {amount: 1 CNY}]}]"
            ),
            "models[0]: its price is in USD, which the token's budget in CNY can't cover",
        ),
    ],
)
def test_mistakes_are_told_wherever_they_are(desk: Desk, fields: str, said: str) -> None:
    assert any(said in line for line in desk.mistakes(acme(fields)))


def test_an_organization_that_is_billed_in_its_currency_needs_no_other_wallet(desk: Desk) -> None:
    fields = (
        f"  currency: CNY\n  opening_credit: 1 CNY\n  tokens: [{{name: ci, secret: {SECRET}, models: [m], "
        "budget: {amount: 1 CNY}}]"
    )
    assert desk.apply(acme(fields)).changing


def test_a_budget_that_only_counts_may_be_in_any_currency(desk: Desk) -> None:
    fields = (
        f"  opening_credit: [1 USD, 1 CNY]\n  tokens: [{{name: ci, secret: {SECRET}, models: [m], "
        "budget: {amount: 1 CNY, hard: false}}]"
    )
    assert desk.apply(acme(fields)).changing
