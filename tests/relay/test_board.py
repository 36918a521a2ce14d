import msgspec
import pytest

from tests.relay.world import VENDORS, catalogue_of
from waystation.relay.board import board_of
from waystation.routing.rules import Reckoned
from waystation.wire.catalogue import Budget, Catalogue, ModelRoute, Node
from waystation.wire.errors import ModelNotFound, PriceMissing
from waystation.wire.limit import Limit
from waystation.wire.overrides import BodyRule, Overrides, When
from waystation.wire.price import Price
from waystation.wire.wish import Wish


def test_a_model_is_found_by_name_for_a_token_that_may_use_it() -> None:
    catalogue = catalogue_of(models=("m",))
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    assert board.find(token, "m").model.name == "m"
    assert [served.model.name for served in board.models(token)] == ["m"]


def test_a_token_without_a_list_may_use_every_model_in_order_of_their_names() -> None:
    catalogue = catalogue_of()
    (token,) = catalogue.tokens
    assert [served.model.name for served in board_of(catalogue, VENDORS).models(token)] == ["m", "other"]


def test_an_unknown_model_and_a_hidden_one_are_refused_in_the_same_words() -> None:
    catalogue = catalogue_of(models=("m",))
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    words = []
    for name in ("other", "nobody"):
        with pytest.raises(ModelNotFound) as refused:
            board.find(token, name)
        assert refused.value.param == "model"
        words.append(refused.value.message.replace(name, "…"))
    assert words[0] == words[1]


def test_a_model_is_found_by_the_name_that_claude_code_is_offered() -> None:
    catalogue = catalogue_of(models=("m",))
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    assert board.find(token, "anthropic/m").model.name == "m"
    with pytest.raises(ModelNotFound):
        board.find(token, "anthropic/other")


def test_keys_that_stay_keep_their_health_on_the_next_board() -> None:
    catalogue = catalogue_of()
    before = board_of(catalogue, VENDORS)
    lease = before.pools["up_0"].lease("m", 0.0)
    assert lease is not None
    lease.fail("refused", 0.0, None, "401")
    after = board_of(msgspec.structs.replace(catalogue, revision=2), VENDORS, before)
    assert after.revision == 2
    healths = after.pools["up_0"].healths()
    assert {key: health.state(None, 1.0) for key, health in healths.items()} == {
        "key_upstream-0-0": "refused",
        "key_upstream-0-1": "ready",
    }


def test_a_call_is_held_on_every_budget_above_its_token() -> None:
    catalogue = tenants()
    board = board_of(catalogue, VENDORS)
    (token,) = catalogue.tokens
    assert [(one.kind, one.owner_id) for one in board.offer(token, "m", 0.0).accounts] == [
        ("budget", "bud_token"),
        ("budget", "bud_project"),
        ("budget", "bud_department"),
        ("budget", "bud_organization"),
        ("wallet", "org_1"),
    ]
    assert [owned.owner for owned in board.payer(token).budgets][2] == "department 'R&D'"


def test_a_model_must_be_allowed_by_all_that_is_above_the_token() -> None:
    catalogue = tenants(models=("other",))
    (token,) = catalogue.tokens
    assert [served.model.name for served in board_of(catalogue, VENDORS).models(token)] == ["other"]
    with pytest.raises(ModelNotFound):
        board_of(catalogue, VENDORS).find(token, "m")


def tenants(models: tuple[str, ...] | None = None) -> Catalogue:
    """A token in a project in a department, each with a budget by day or month."""
    catalogue = catalogue_of()
    (token,), (organization,) = catalogue.tokens, catalogue.organizations
    day, month = (Budget(5, "USD", period) for period in ("day", "month"))
    replace = msgspec.structs.replace
    department = Node(
        id="dep_1",
        kind="department",
        name="R&D",
        organization_id="org_1",
        models=models,
        budgets=(replace(month, id="bud_department"),),
    )
    project = Node(
        id="prj_1",
        kind="project",
        name="chat",
        organization_id="org_1",
        parent_id="dep_1",
        budgets=(replace(month, id="bud_project"),),
    )
    return replace(
        catalogue,
        organizations=(replace(organization, budgets=(replace(month, id="bud_organization"),)),),
        nodes=(department, project),
        tokens=(replace(token, project_id="prj_1", budgets=(replace(day, id="bud_token"),)),),
    )


def test_an_empty_catalogue_makes_an_empty_board() -> None:
    board = board_of(Catalogue(revision=0), VENDORS)
    assert (board.served, board.pools, len(board.directory), dict(board.organizations)) == ({}, {}, 0, {})


def named() -> Catalogue:
    """`m` with an alias, and `any` for all that begins with gpt-."""
    catalogue = catalogue_of()
    m, _ = catalogue.models
    pattern = msgspec.structs.replace(m, name="any", matches=("gpt-*",), routes=(ModelRoute("up0", "{name}"),))
    return msgspec.structs.replace(catalogue, models=(msgspec.structs.replace(m, aliases=("best",)), pattern))


def test_a_name_that_stands_for_a_model_is_offered_as_that() -> None:
    catalogue = named()
    board, (token,) = board_of(catalogue, VENDORS), catalogue.tokens
    assert board.offer(token, "best", 0.0).served is board.served["m"]
    assert board.offer(token, "m:nitro", 0.0).wish == Wish(sort="throughput")
    made = board.offer(token, "gpt-4", 0.0)
    assert (made.served.model.name, made.served.tiers[0][0].model) == ("any", "gpt-4")
    assert board.offer(token, "gpt-4", 1.0) is made
    assert [served.model.name for served in board.models(token)] == ["m"]


def test_a_token_s_list_names_public_models_and_so_all_that_stands_for_them() -> None:
    catalogue = named()
    board = board_of(catalogue, VENDORS)
    token = msgspec.structs.replace(catalogue.tokens[0], models=("m",))
    narrowed = board_of(msgspec.structs.replace(catalogue, tokens=(token,)), VENDORS)
    assert narrowed.find(token, "best").model.name == "m"
    for name in ("gpt-4", "gpt-4:floor", "any"):
        with pytest.raises(ModelNotFound):
            narrowed.find(token, name)
    assert board.find(catalogue.tokens[0], "gpt-4").model.name == "any"


def test_names_that_callers_make_up_take_no_more_room_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waystation.relay.board.MADE_MAX", 10)
    catalogue = named()
    board, (token,) = board_of(catalogue, VENDORS), catalogue.tokens
    kept = board.offer(token, "best", 0.0)
    for number in range(35):
        board.offer(token, f"gpt-{number}", 0.0)
        with pytest.raises(ModelNotFound):
            board.offer(token, f"claude-{number}", 0.0)
    sizes = [len(getattr(board, name)) for name in ("_made", "_offers", "_bounds")]
    assert sizes == [5, 1, 2]
    assert board.offer(token, "best", 0.0) is kept


def test_a_made_up_name_is_priced_limited_and_overridden_as_its_pattern_s_model() -> None:
    rules = Overrides(body=(BodyRule(action="set", member="max_tokens", value="500", when=When(models=("gpt-4*",))),))
    catalogue = named()
    m, pattern = catalogue.models
    dear = Price(currency="USD", input=9, output=9)
    pattern = msgspec.structs.replace(pattern, price=dear, limit=Limit(rpm=1))
    up = msgspec.structs.replace(catalogue.upstreams[0], overrides=rules)
    board = board_of(msgspec.structs.replace(catalogue, upstreams=(up,), models=(m, pattern)), VENDORS)
    (token,) = catalogue.tokens
    four, five = board.offer(token, "gpt-4", 0.0), board.offer(token, "gpt-5", 0.0)
    assert four.tariff.price == five.tariff.price == dear
    assert four.limits is five.limits is not None
    assert four.served.reckoned == Reckoned(500, 3)
    assert five.served.reckoned is None


def test_a_pattern_s_model_without_a_price_is_refused() -> None:
    catalogue = named()
    m, pattern = catalogue.models
    models = (m, msgspec.structs.replace(pattern, price=None))
    board = board_of(msgspec.structs.replace(catalogue, models=models), VENDORS)
    with pytest.raises(PriceMissing, match="'any' has no price"):
        board.offer(catalogue.tokens[0], "gpt-4", 0.0)
