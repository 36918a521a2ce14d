from collections.abc import Callable
from pathlib import Path

import pytest

from waystation.manifest.document import read_document
from waystation.manifest.mistakes import Rejected
from waystation.manifest.source import read_source

Mistakes = Callable[[str], list[str]]

SECTIONS = "upstreams, models, organizations, prices, multipliers, exchange_rates, retention"


@pytest.fixture
def mistakes(tmp_path: Path) -> Mistakes:
    """What is told of a file by its form alone."""

    def read(text: str) -> list[str]:
        (tmp_path / "f.yaml").write_text(text)
        source = read_source(tmp_path / "f.yaml", {"KEY": "hunter two", "PRICE": "cheap"})
        read_document(source)
        with pytest.raises(Rejected) as caught:
            source.report.raise_if_any()
        return [str(mistake).removeprefix(f"{tmp_path}/") for mistake in caught.value.mistakes]

    return read


def test_entries_have_their_places(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("organizations:\n- {name: a}\n- {nome: b}\n- {name: c, x: 1}\n- {name: d}\n")
    source = read_source(tmp_path / "f.yaml", {})
    document = read_document(source)
    assert [(at.loc, at.entry.name) for at in document.organizations] == [
        (("organizations", 0), "a"),
        (("organizations", 3), "d"),
    ]
    assert document.faulty == {("organizations", "c")}
    assert (document.upstreams, document.models) == ((), ())


def test_the_issue_s_example_of_a_mistake(mistakes: Mistakes) -> None:
    text = """\
models:
  - name: gpt-4o
    routes: [{upstream: main, model: gpt-4o}]
    price:
      currency: USD
      input: 2.50
      output: "10.00"
"""
    assert mistakes(text) == [
        (
            'f.yaml:6: models[0].price.input: expected a decimal string from "0" to "1000000", such as "2.50", '
            "got a float 2.5"
        )
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- a\n",
            f"f.yaml:1: expected {SECTIONS}, got a list",
        ),
        (
            "just text\n",
            f"f.yaml:1: expected {SECTIONS}, got a string of 9 characters",
        ),
        ("upstream: []\n", "f.yaml:1: upstream: there is no field 'upstream'; did you mean 'upstreams'?"),
        (
            "zzz: []\n",
            f"f.yaml:1: zzz: there is no field 'zzz'; expected {SECTIONS}",
        ),
        ("models: {}\n", "f.yaml:1: models: expected a list, got a mapping"),
        ("models:\n", "f.yaml:1: models: empty: give a value, or leave the field out"),
        ("models:\n- 3\n", "f.yaml:2: models[0]: expected a mapping of fields, got an integer"),
        ("organizations:\n- {}\n", "f.yaml:2: organizations[0].name: missing: expected the field 'name'"),
        (
            "organizations:\n- name: a\n  tokens:\n  - {name: b, budget: {amont: 1 USD, amount: 1 USD}}\n",
            "f.yaml:4: organizations[0].tokens[0].budget.amont: there is no field 'amont'; did you mean 'amount'?",
        ),
        (
            "organizations:\n- name: a\n  opening_credit: 100\n",
            "f.yaml:3: organizations[0].opening_credit: expected a list, got an integer",
        ),
        (
            "organizations:\n- name: a\n  opening_credit: hundred\n",
            (
                "f.yaml:3: organizations[0].opening_credit: "
                "expected an amount from 0 to 1000000000 and a currency, such as \"100 USD\", got 'hundred'"
            ),
        ),
        (
            "organizations:\n- name: a\n  tokens:\n  - {name: b, models: []}\n",
            "f.yaml:4: organizations[0].tokens[0].models: expected at least one, got an empty list",
        ),
        (
            "organizations:\n- name: no\n  tokens:\n  - {name: true}\n",
            (
                "f.yaml:4: organizations[0].tokens[0].name: expected a name of 1 to 64 printable characters without / "
                "and without spaces at its ends, got a boolean true"
            ),
        ),
        (
            "organizations:\n- name: a\n  tokens: [{name: b, expires: 2027-02-30}]\n",
            (
                'f.yaml:3: organizations[0].tokens[0].expires: expected a date such as "2027-01-01" (its start in UTC) '
                "or a time such as \"2027-01-01T12:00:00Z\", got '2027-02-30': there is no such day or time"
            ),
        ),
        (
            "organizations:\n- name: a\n  tokens: [{name: b, budget: {amount: 1 USD, period: year}}]\n",
            (
                "f.yaml:3: organizations[0].tokens[0].budget.period: expected day, week, month, total or custom, "
                "got 'year'"
            ),
        ),
    ],
)
def test_a_mistake_has_its_line_and_what_was_expected(mistakes: Mistakes, text: str, said: str) -> None:
    assert mistakes(text) == [said]


def test_a_mistake_is_told_once(mistakes: Mistakes) -> None:
    assert len(mistakes("models:\n- {name: '${NOPE}', routes: ~, free: true}\n")) == 2


def test_all_mistakes_are_told_at_once(mistakes: Mistakes) -> None:
    text = """\
upstreams:
- {name: 1, vendor: x, keys: [3], prio: 1}
- {vendor: x, keys: [a]}
models:
- {name: m, routes: x, price: {currency: usd}}
"""
    assert [line.split(":")[2].strip() for line in mistakes(text)] == [
        "upstreams[0].keys[0]",
        "upstreams[0].name",
        "upstreams[0].prio",
        "upstreams[1].name",
        "models[0].price.currency",
        "models[0].price.input",
        "models[0].price.output",
        "models[0].routes",
    ]


def test_no_secret_is_told(mistakes: Mistakes) -> None:
    text = """\
upstreams:
- {name: a, vendor: x, keys: ["${KEY}", "hunter two", 4711], proxy: "https://user:hunter2@p"}
- {name: sk-hunter2hunter2/, vendor: x, keys: [a], base_url: "https://user:hunter2@host", sk-hunter2hunter2: 1}
models:
- {name: m, routes: [{upstream: a, model: m}], price: {currency: USD, input: "${PRICE}", output: "1"}}
organizations:
- {name: o, tokens: [{name: t, secret: hunter2}]}
"""
    said = mistakes(text)
    assert len(said) == 9
    assert not [line for line in said if "hunter" in line or "4711" in line or "cheap" in line]
    assert "got the value of ${KEY}" in said[0]
    assert "got the value of ${PRICE}" in said[7]
