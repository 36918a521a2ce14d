import pytest
from pydantic import ValidationError

from waystation.manifest.schema import ModelEntry, OrganizationEntry, TokenEntry, UpstreamEntry
from waystation.wire.catalogue import Timeouts
from waystation.wire.money import Money

UPSTREAM = {"name": "main", "vendor": "openai", "keys": ["sk-upstream-key-aaaa"]}


def test_what_is_left_out_has_the_catalogue_s_defaults() -> None:
    entry = UpstreamEntry.model_validate(UPSTREAM)
    assert (entry.base_url, entry.priority, entry.weight, entry.proxy, entry.ca_file) == (None, 0, 1, None, None)
    limits = entry.timeouts
    assert Timeouts(limits.connect, limits.first_byte, limits.idle, limits.total) == Timeouts()


def test_an_opening_credit_may_be_one_or_several() -> None:
    one = OrganizationEntry.model_validate({"name": "acme", "opening_credit": "1 USD"})
    two = OrganizationEntry.model_validate({"name": "acme", "opening_credit": ["1 USD", "2 CNY"]})
    assert one.opening_credit == [Money(1_000_000_000, "USD")]
    assert [money.currency for money in two.opening_credit] == ["USD", "CNY"]
    assert OrganizationEntry.model_validate({"name": "acme"}).opening_credit == []


def test_a_token_without_models_may_use_all() -> None:
    entry = TokenEntry.model_validate({"name": "ci"})
    assert (entry.models, entry.budget, entry.expires) == (None, None, None)


def test_a_budget_is_in_total_unless_it_says_otherwise() -> None:
    entry = TokenEntry.model_validate({"name": "ci", "budget": {"amount": "1 USD"}})
    assert entry.budget is not None
    assert entry.budget.period == "total"


@pytest.mark.parametrize(
    ("form", "value", "loc"),
    [
        (UpstreamEntry, UPSTREAM | {"keys": []}, ("keys",)),
        (UpstreamEntry, UPSTREAM | {"keys": "sk-one"}, ("keys",)),
        (UpstreamEntry, UPSTREAM | {"wieght": 1}, ("wieght",)),
        (UpstreamEntry, UPSTREAM | {"timeouts": {"read": 5}}, ("timeouts", "read")),
        (UpstreamEntry, UPSTREAM | {"timeouts": 5}, ("timeouts",)),
        (ModelEntry, {"name": "m", "routes": []}, ("routes",)),
        (ModelEntry, {"name": "m", "routes": [{"upstream": "a"}]}, ("routes", 0, "model")),
        (TokenEntry, {"name": "ci", "models": []}, ("models",)),
        (OrganizationEntry, {"name": "acme", "opening_credit": 100}, ("opening_credit",)),
    ],
)
def test_what_does_not_fit_the_form_is_refused(form: type[UpstreamEntry], value: object, loc: tuple[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        form.model_validate(value)
    assert [detail["loc"] for detail in caught.value.errors()] == [loc]


def test_secrets_are_in_no_repr() -> None:
    upstream = UpstreamEntry.model_validate(UPSTREAM | {"proxy": "http://u:hunter2@p:1"})
    token = TokenEntry.model_validate({"name": "ci", "secret": "0123456789abcdefghijXYZ_-"})
    assert "sk-upstream" not in repr(upstream)
    assert "hunter2" not in repr(upstream)
    assert "0123456789" not in repr(token)
