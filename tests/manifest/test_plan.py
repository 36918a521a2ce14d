import json

from tests.manifest.conftest import ENVIRON, FILE, SECRET, Desk

KEYS = ENVIRON.values()


def test_everything_is_created_from_nothing(desk: Desk) -> None:
    plan = desk.apply(FILE)
    assert (
        plan.text()
        == """\
+ create upstream main
    vendor: openai_compatible
    base_url: http://127.0.0.1:9001/v1
    keys: 65663c3e, f04eb3f9
    priority: 0
    weight: 1
    timeouts: connect 5 s, first byte 60 s, idle 60 s, total 600 s
+ create model gpt-4o
    routes: main/gpt-4o-2024-08-06
    price.input: 2.50 USD
    price.output: 10.00 USD
    price.cache_read_input: 1.25 USD
    max_output_tokens: 16384
+ create organization acme
    wallet USD: 100.00 USD
+ create token acme/ci
    secret: 0123…YZ_- (sha256 6b168ba0)
    models: gpt-4o
    budget: 10.00 USD a month
    expires: 2027-01-01
4 to create"""
    )


def test_the_same_again_is_nothing(desk: Desk) -> None:
    desk.apply(FILE)
    plan = desk.apply(FILE)
    assert not plan.changing
    assert plan.text() == "nothing to change"
    assert plan.counts()["keep"] == 4


def test_a_change_shows_both_sides(desk: Desk) -> None:
    desk.apply(FILE)
    text = FILE.replace('"2.50"', '"3"').replace(', cache_read_input: "1.25"', "").replace("10 USD", "20 USD")
    text = text.replace("        expires: 2027-01-01\n", "").replace('"${KEY_A}", ', "")
    text = text.replace("100 USD", "[100 USD, 5 CNY]").replace(SECRET, SECRET[::-1])
    assert (
        desk.apply(text).text()
        == """\
~ update upstream main
    keys: 65663c3e, f04eb3f9 -> f04eb3f9
~ update model gpt-4o
    price.input: 2.50 USD -> 3.00 USD
    price.cache_read_input: 1.25 USD -> none
~ update organization acme
    wallet CNY: 5.00 CNY
~ update token acme/ci
    secret: 0123…YZ_- (sha256 6b168ba0) -> -_ZY…3210 (sha256 4472ddc1)
    budget: 10.00 USD a month -> 20.00 USD a month
    expires: 2027-01-01 -> none
4 to update"""
    )
    assert not desk.apply(text).changing


def test_a_retention_comes_and_goes_with_its_line(desk: Desk) -> None:
    retaining = FILE.replace("    opening_credit:", "    retain_responses_days: 30\n    opening_credit:")
    assert "+ create organization acme\n    retain_responses_days: 30\n" in desk.apply(retaining).text()
    assert not desk.apply(retaining).changing
    assert desk.apply(FILE).text() == (
        "~ update organization acme\n    retain_responses_days: 30 -> none\n1 to update, 3 to keep"
    )
    assert not desk.apply(FILE).changing


def test_a_changed_proxy_password_is_said_not_shown(desk: Desk) -> None:
    text = FILE.replace("    keys:", "    proxy: http://u:hunter2@p:1\n    keys:")
    desk.apply(text)
    assert (
        desk.apply(text.replace("hunter2", "hunter3")).text()
        == """\
~ update upstream main (its proxy's password)
1 to update, 3 to keep"""
    )


def test_pruning_shows_what_goes(desk: Desk) -> None:
    desk.apply(FILE)
    assert (
        desk.apply("upstreams: []", prune=True).text()
        == """\
- delete upstream main
- delete model gpt-4o
! revoke token acme/ci
2 to delete, 1 to revoke, 1 to keep"""
    )


def test_a_revoked_token_in_the_file_is_pointed_out(desk: Desk) -> None:
    desk.apply(FILE)
    desk.operations.revoke_token("ci")
    plan = desk.apply(FILE)
    assert not plan.changing
    assert (
        plan.text()
        == """\
= keep token acme/ci (it was revoked and stays so: take it out of the file, or give it a new secret)
nothing to change"""
    )


def test_a_renamed_token_shows_its_name(desk: Desk) -> None:
    desk.apply(FILE)
    assert (
        desk.apply(FILE.replace("name: ci", "name: build")).text()
        == """\
~ update token acme/build
    name: ci -> build
1 to update, 3 to keep"""
    )


def test_json_says_the_same(desk: Desk) -> None:
    plan = desk.apply(FILE)
    said = json.loads(plan.json())
    assert (said["revision"], said["changing"], said["counts"]["create"]) == (0, True, 4)
    assert said["steps"][2] == {
        "action": "create",
        "kind": "organization",
        "name": "acme",
        "changes": [{"field": "wallet USD", "before": None, "after": "100.00 USD"}],
        "note": None,
    }


def test_no_secret_is_in_any_form_of_a_plan(desk: Desk) -> None:
    plan = desk.apply(FILE.replace("    keys:", "    proxy: http://u:hunter2@p:1\n    keys:"))
    for text in (plan.text(), plan.json().decode(), repr(plan)):
        assert not [secret for secret in (*KEYS, SECRET, "hunter2") if secret in text]
