"""Mistakes that span entries, told through an apply that writes nothing."""

import pytest

from tests.manifest.conftest import FILE, SECRET, Desk

UPSTREAM = """\
upstreams:
  - {name: main, vendor: openai, keys: [a]}
models:
  - {name: usd, routes: [{upstream: main, model: m}], price: {currency: USD, input: "1", output: "1"}}
  - {name: cny, routes: [{upstream: main, model: m}], price: {currency: CNY, input: "1", output: "1"}}
  - {name: gift, routes: [{upstream: main, model: m}], free: true, price: {currency: USD, input: "0", output: "0"}}
organizations:
"""


def tokens(text: str, opening: str = "opening_credit: 1 USD") -> str:
    return f"{UPSTREAM}  - {{name: acme, {opening}, tokens: [{{name: ci, secret: {SECRET}, {text}}}]}}\n"


def test_a_file_with_one_mistake_changes_nothing(desk: Desk) -> None:
    assert desk.mistakes(FILE.replace("upstream: main", "upstream: mian")) == [
        "waystation.yaml:8: models[0].routes[0].upstream: there is no upstream 'mian'; there are: main"
    ]


def test_names_are_unique(desk: Desk) -> None:
    text = """\
upstreams:
  - {name: a, vendor: openai, keys: [a]}
  - {name: a, vendor: openai, keys: [b]}
organizations:
  - name: acme
    tokens:
      - {name: t, secret: 0123456789abcdefghijXYZ_-}
      - {name: t, secret: 9876543210abcdefghijXYZ_-}
  - name: acme
"""
    assert desk.mistakes(text) == [
        "waystation.yaml:3: upstreams[1].name: 'a' is the name of upstreams[0] (line 2) already",
        (
            "waystation.yaml:8: organizations[0].tokens[1].name: 't' is the name of organizations[0].tokens[0] (line 7"
            ") already"
        ),
        "waystation.yaml:9: organizations[1].name: 'acme' is the name of organizations[0] (line 5) already",
    ]


def test_secrets_are_unique_over_all_tokens(desk: Desk) -> None:
    text = f"""\
organizations:
  - {{name: a, tokens: [{{name: t, secret: {SECRET}}}]}}
  - {{name: b, tokens: [{{name: t, secret: {SECRET}}}]}}
"""
    assert desk.mistakes(text) == [
        "waystation.yaml:3: organizations[1].tokens[0].secret: the same as that of organizations[0].tokens[0] (line 2)"
    ]


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        ("models: [nope]", "models[0]", "there is no model 'nope'; there are: cny, gift, usd"),
        ("models: [usd, usd]", "models[1]", "'usd' is listed twice"),
        (
            "models: [usd, cny]",
            "models[1]",
            "organization 'acme' has no wallet in CNY, only in USD: give it an opening_credit in CNY",
        ),
        (
            "budget: {amount: 1 CNY}",
            "budget.amount",
            "organization 'acme' has no wallet in CNY, only in USD: give it an opening_credit in CNY",
        ),
    ],
)
def test_what_a_token_names_is_there(desk: Desk, text: str, path: str, said: str) -> None:
    assert desk.mistakes(tokens(text)) == [f"waystation.yaml:8: organizations[0].tokens[0].{path}: {said}"]


def test_a_budget_covers_the_models_it_is_for(desk: Desk) -> None:
    text = tokens("models: [usd, cny], budget: {amount: 1 USD}", opening="opening_credit: [1 USD, 1 CNY]")
    assert desk.mistakes(text) == [
        (
            "waystation.yaml:8: organizations[0].tokens[0].models[1]: its price is in CNY, which the token's budget in "
            "USD can't cover"
        )
    ]


def test_a_token_without_any_wallet_can_t_pay(desk: Desk) -> None:
    assert desk.mistakes(tokens("models: [usd]", opening="opening_credit: []")) == [
        (
            "waystation.yaml:8: organizations[0].tokens[0].models[0]: organization 'acme' has no wallet in USD, none "
            "at all: give it an opening_credit in USD"
        )
    ]


def test_a_token_for_all_models_must_be_able_to_pay_for_one(desk: Desk) -> None:
    paid = tokens("expires: 2027-01-01", opening="opening_credit: 1 EUR")
    assert desk.mistakes(paid) == [
        (
            "waystation.yaml:8: organizations[0].tokens[0]: organization 'acme' has no wallet in CNY or USD, only in "
            "EUR: give it an opening_credit in CNY or USD"
        )
    ]


def test_a_free_model_is_booked_on_a_wallet_too(desk: Desk) -> None:
    assert desk.mistakes(tokens("models: [gift]", opening="opening_credit: []")) == [
        (
            "waystation.yaml:8: organizations[0].tokens[0].models[0]: organization 'acme' has no wallet in USD, none "
            "at all: give it an opening_credit in USD"
        )
    ]
    text = tokens("models: [gift], budget: {amount: 1 USD}", opening="opening_credit: 0 USD")
    assert desk.apply(text).changing


def test_an_entry_s_own_mistake_does_not_make_it_unknown(desk: Desk) -> None:
    text = FILE.replace('input: "2.50"', "input: 2.50").replace("vendor: openai_compatible", "vendor: 3")
    assert [line.split(": ")[1] for line in desk.mistakes(text)] == ["upstreams[0].vendor", "models[0].price.input"]


@pytest.mark.parametrize("units", ["1000000000.000000001", "4611686018.427387904", "99999999999999999999"])
@pytest.mark.parametrize(
    ("entry", "path", "expected"),
    [
        (
            'models: [{{name: m, routes: [], price: {{currency: USD, input: "1", output: "{}"}}}}]',
            "models[0].price.output",
            'a decimal string from "0" to "1000000", such as "2.50"',
        ),
        (
            'organizations: [{{name: acme, opening_credit: "{} USD"}}]',
            "organizations[0].opening_credit",
            'an amount from 0 to 1000000000 and a currency, such as "100 USD"',
        ),
        (
            'organizations: [{{name: acme, tokens: [{{name: ci, budget: {{amount: "{} USD"}}}}]}}]',
            "organizations[0].tokens[0].budget.amount",
            'an amount above 0, at most 1000000000, and a currency, such as "10 USD"',
        ),
    ],
)
def test_more_money_than_the_books_can_hold_is_refused(
    desk: Desk, entry: str, path: str, expected: str, units: str
) -> None:
    got = f"{units} USD" if "USD" in expected else units
    (told,) = (line for line in desk.mistakes(f"\n{entry.format(units)}") if path in line)
    assert told == f"waystation.yaml:2: {path}: expected {expected}, got {got!r}"


def test_opening_credits_must_fit_the_books_together(desk: Desk) -> None:
    """They are booked on one account for each currency, those of earlier files too."""
    rows = [f"  - {{name: o{number}, opening_credit: [1000000000 USD, 1 CNY]}}\n" for number in range(6)]
    desk.apply(f"organizations:\n{''.join(rows[:3])}")
    assert desk.mistakes(f"organizations:\n{''.join(rows)}") == [
        f"waystation.yaml:{line}: organizations[{line - 2}].opening_credit[0]: all opening credits together: "
        "expected at most 4611686018.427387904 USD"
        for line in (6, 7)
    ]
    desk.apply(f"organizations:\n{''.join(rows[:4])}")
    (told,) = desk.mistakes(f"organizations:\n{rows[4]}")
    assert "waystation.yaml:2: organizations[0].opening_credit[0]: all opening credits together" in told


@pytest.mark.parametrize("models", ["models: [usd]", "expires: 2027-01-01"])
def test_a_missing_price_is_told_once(desk: Desk, models: str) -> None:
    text = "\n".join(line for line in tokens(models).splitlines() if "cny" not in line and "gift" not in line)
    text = text.replace(', price: {currency: USD, input: "1", output: "1"}', "")
    assert [line.split(": ")[1] for line in desk.mistakes(text)] == ["models[0].price"]


def test_names_that_are_there_already_may_be_named(desk: Desk) -> None:
    desk.apply(FILE)
    text = """\
models:
  - {name: m2, routes: [{upstream: main, model: m}], price: {currency: USD, input: "1", output: "1"}}
organizations:
  - {name: acme, tokens: [{name: t2, secret: 9876543210abcdefghijXYZ_-, models: [gpt-4o, m2], budget: {amount: 1 USD}}]}
"""
    assert desk.apply(text).counts()["create"] == 2


def test_what_pruning_takes_may_not_be_named(desk: Desk) -> None:
    desk.apply(FILE)
    text = "models:\n  - {name: m2, routes: [{upstream: main, model: m}], free: true}\n"
    assert desk.mistakes(text, prune=True) == [
        "waystation.yaml:2: models[0].routes[0].upstream: there is no upstream 'main'; there are: none"
    ]


def test_pruning_leaves_no_token_behind_without_its_model(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.create_token("acme", "mine", models=("gpt-4o",))
    assert desk.mistakes("upstreams: []", prune=True) == [
        "waystation.yaml:1: --prune would remove model 'gpt-4o', but token 'mine' lists it: revoke that token first"
    ]
