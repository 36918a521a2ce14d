from collections.abc import Iterator
from itertools import count

import pytest
from msgspec.structs import replace

from waystation.identity.token import digest, hint, mint
from waystation.manifest.mistakes import Rejected, Report
from waystation.manifest.nodes import Tree
from waystation.manifest.schema import TokenEntry
from waystation.manifest.tokens import Matched, Wanted, match
from waystation.wire.catalogue import FormerSecret, Organization, Token

ACME, OTHER = Organization("org_a", "acme"), Organization("org_o", "other")
S1, S2, S3 = (mint(bytes([n]) * 32) for n in (1, 2, 3))


TREE = Tree(lambda prefix: prefix, Report("f.yaml"), {})


def entry(name: str, secret: str | None = None, **fields: object) -> TokenEntry:
    return TokenEntry.model_validate({"name": name, **({} if secret is None else {"secret": secret}), **fields})


def token(id_: str, name: str, secret: str, organization: Organization = ACME, revoked_at: int | None = None) -> Token:
    return Token(
        id=id_,
        name=name,
        organization_id=organization.id,
        digest=digest(secret),
        hint=hint(secret),
        revoked_at=revoked_at,
    )


def run(wanted: list[tuple[Organization, TokenEntry]], *current: Token, said: str | None = None) -> Matched:
    ids: Iterator[int] = count(1)
    report = Report("f.yaml")
    wants = [Wanted(("tokens", index), organization, one, TREE) for index, (organization, one) in enumerate(wanted)]
    matched = match(wants, current, lambda prefix: f"{prefix}_new{next(ids)}", report)
    if said is None:
        report.raise_if_any()
    else:
        with pytest.raises(Rejected) as caught:
            report.raise_if_any()
        assert said in caught.value.message
        assert S1 not in caught.value.message
    return matched


def test_a_new_token_gets_an_id() -> None:
    (made,) = run([(ACME, entry("ci", S1, models=["m"], budget={"amount": "1 USD"}, expires="1970-01-02"))]).tokens
    assert (made.id, made.name, made.organization_id) == ("tok_new1", "ci", "org_a")
    assert (made.digest, made.hint) == (digest(S1), hint(S1))
    assert (made.models, made.expires_at) == (("m",), 86_400)
    assert [budget.amount_nanos for budget in made.budgets] == [1_000_000_000]


def test_a_token_is_known_by_its_name() -> None:
    (kept,) = run([(ACME, entry("ci", S1))], token("tok_1", "ci", S1)).tokens
    assert kept == token("tok_1", "ci", S1)


def test_another_secret_is_a_change_of_the_same_token() -> None:
    (changed,) = run([(ACME, entry("ci", S2))], token("tok_1", "ci", S1)).tokens
    assert (changed.id, changed.digest) == ("tok_1", digest(S2))


def test_without_a_secret_the_token_keeps_its_own() -> None:
    (kept,) = run([(ACME, entry("ci"))], token("tok_1", "ci", S1)).tokens
    assert kept == token("tok_1", "ci", S1)


def test_without_a_secret_a_new_token_can_t_be() -> None:
    assert run([(ACME, entry("ci"))], token("tok_1", "ci", S1, OTHER), said="waystation token create").tokens == ()


def test_another_name_with_the_same_secret_is_a_renaming() -> None:
    (renamed,) = run([(ACME, entry("build", S1))], token("tok_1", "ci", S1)).tokens
    assert (renamed.id, renamed.name) == ("tok_1", "build")


def test_tokens_may_swap_their_secrets() -> None:
    wanted = [(ACME, entry("a", S2)), (ACME, entry("b", S1))]
    a, b = run(wanted, token("tok_a", "a", S1), token("tok_b", "b", S2)).tokens
    assert [(a.id, a.digest), (b.id, b.digest)] == [("tok_a", digest(S2)), ("tok_b", digest(S1))]


def test_a_secret_may_move_to_a_new_token_when_its_own_takes_another() -> None:
    wanted = [(ACME, entry("a", S2)), (ACME, entry("b", S1))]
    a, b = run(wanted, token("tok_a", "a", S1)).tokens
    assert [(a.id, a.digest), (b.id, b.digest)] == [("tok_a", digest(S2)), ("tok_new1", digest(S1))]


def test_names_are_counted_by_organization() -> None:
    one, two = run([(ACME, entry("ci", S1)), (OTHER, entry("ci", S2))]).tokens
    assert (one.organization_id, two.organization_id) == ("org_a", "org_o")


def test_one_secret_for_two_tokens_is_a_mistake() -> None:
    run([(ACME, entry("a", S1)), (OTHER, entry("b", S1))], said="tokens[1].secret: the same as that of tokens")


def test_another_token_s_secret_is_a_mistake() -> None:
    run([(OTHER, entry("x", S1))], token("tok_1", "ci", S1), said="it is that of token 'ci' already")
    run(
        [(ACME, entry("x", S1))],
        token("tok_1", "ci", S1, OTHER),
        token("tok_2", "x", S2),
        said="it is that of token 'ci' already",
    )


@pytest.mark.parametrize(
    ("organization", "name", "said"),
    [
        (ACME, "ci", "it was rotated out: leave it out of the file"),
        (ACME, "new", "it was rotated out: leave it out of the file"),
        (OTHER, "ci", "it was that of token 'ci' before it was rotated"),
    ],
)
def test_a_secret_that_was_rotated_out_never_comes_back(organization: Organization, name: str, said: str) -> None:
    former = (FormerSecret(digest(S2), "…", 5),)
    run([(organization, entry(name, S2))], replace(token("tok_1", "ci", S1), former=former), said=said)


def test_what_was_rotated_and_paused_by_hand_stays_so() -> None:
    before = replace(token("tok_1", "ci", S1), former=(FormerSecret(digest(S2), "…", 5),), paused=True)
    assert run([(ACME, entry("ci"))], before).tokens == (before,)
    assert not run([(ACME, entry("ci", paused=False))], before).tokens[0].paused


def test_all_that_a_token_may_is_said() -> None:
    (made,) = run(
        [
            (
                ACME,
                entry(
                    "ci",
                    S1,
                    addresses=["10.0.0.0/8", "192.0.2.7", "10.0.0.0/8"],
                    dialects=["openai.chat"],
                    tags=["night", "night"],
                    retention="none",
                ),
            )
        ]
    ).tokens
    assert (made.addresses, made.dialects) == (("10.0.0.0/8", "192.0.2.7/32"), ("openai.chat",))
    assert (made.tags, made.retention, made.paused) == (("night",), "none", False)


def test_a_revoked_token_stays_revoked() -> None:
    gone = token("tok_1", "ci", S1, revoked_at=5)
    matched = run([(ACME, entry("ci", S1))], gone)
    assert matched == Matched((), (gone,))


def test_a_revoked_token_s_name_is_free_for_another_secret() -> None:
    (made,) = run([(ACME, entry("ci", S2))], token("tok_1", "ci", S1, revoked_at=5)).tokens
    assert made.id == "tok_new1"


@pytest.mark.parametrize(("organization", "name"), [(ACME, "new"), (OTHER, "ci")])
def test_a_revoked_secret_never_comes_back(organization: Organization, name: str) -> None:
    gone = token("tok_1", "ci", S1, revoked_at=5)
    run([(organization, entry(name, S1))], gone, said="it was that of token 'ci', which was revoked")


def test_a_revoked_secret_is_not_taken_by_a_living_token() -> None:
    gone, living = token("tok_1", "old", S1, revoked_at=5), token("tok_2", "ci", S2)
    run([(ACME, entry("ci", S1))], gone, living, said="which was revoked")


def test_a_digest_stands_for_the_secret() -> None:
    text = f"sha256:{digest(S1).hex()}"
    (hinted,) = run([(ACME, entry("ci", digest=text, hint="sk…"))]).tokens
    assert (hinted.digest, hinted.hint) == (digest(S1), "sk…")
    (bare,) = run([(ACME, entry("ci", digest=text))]).tokens
    assert bare.hint == f"sha256:{digest(S1).hex()[:8]}"
    (kept,) = run([(ACME, entry("ci", digest=text))], token("tok_1", "ci", S1)).tokens
    assert kept.hint == hint(S1)


def test_a_secret_and_a_digest_exclude_each_other() -> None:
    text = f"sha256:{digest(S1).hex()}"
    run([(ACME, entry("ci", S1, digest=text))], said="tokens[0].digest: given beside a secret: keep one")
    run([(ACME, entry("ci", S1, hint="x"))], said="tokens[0].hint: given without a digest")
