import msgspec
import pytest

from tests.relay.world import VENDORS, catalogue_of
from waystation.relay.board import board_of
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import ModelNotFound


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
    lease = before.pools["up_0"].lease(0.0)
    assert lease is not None
    lease.health.bench("refused", now=0.0)
    after = board_of(msgspec.structs.replace(catalogue, revision=2), VENDORS, before)
    assert after.revision == 2
    healths = after.pools["up_0"].healths()
    assert {key: health.state for key, health in healths.items()} == {
        "key_upstream-0-0": "refused",
        "key_upstream-0-1": "ready",
    }


def test_an_empty_catalogue_makes_an_empty_board() -> None:
    board = board_of(Catalogue(revision=0), VENDORS)
    assert (board.served, board.pools, len(board.directory), dict(board.organizations)) == ({}, {}, 0, {})
