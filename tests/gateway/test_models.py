import json
from dataclasses import replace

import msgspec

from tests.relay.world import scene
from waystation.gateway.models import gemini_list, model_list
from waystation.relay.board import Board
from waystation.routing.route import Served


def served(board: Board) -> list[Served]:
    return [board.served["m"], board.served["other"]]


def test_one_list_suits_the_clients_of_openai_and_anthropic() -> None:
    page = json.loads(model_list(served(scene().board)))
    assert (page["object"], page["has_more"], page["first_id"], page["last_id"]) == ("list", False, "m", "other")
    assert page["data"][0] == {
        "id": "m",
        "object": "model",
        "created": 0,
        "owned_by": "waystation",
        "type": "model",
        "display_name": "m",
        "created_at": "1970-01-01T00:00:00Z",
        "max_output_tokens": 100,
    }
    assert json.loads(model_list([])) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


def test_claude_code_is_offered_every_model_by_a_name_that_it_shows() -> None:
    page = json.loads(model_list(served(scene().board), aliases=True))
    assert [row["id"] for row in page["data"]] == ["m", "other", "anthropic/m", "anthropic/other"]


def test_geminis_clients_see_what_they_may_call_on_a_model() -> None:
    (first, _) = json.loads(gemini_list(served(scene().board)))["models"]
    assert (first["name"], first["outputTokenLimit"]) == ("models/m", 100)
    assert first["supportedGenerationMethods"] == [
        "generateContent",
        "streamGenerateContent",
        "countTokens",
        "embedContent",
        "batchEmbedContents",
    ]
    (mute, _) = json.loads(gemini_list(served(scene(vendor="mute").board)))["models"]
    assert mute["supportedGenerationMethods"] == []


def test_an_alias_is_a_row_that_tells_what_it_stands_for() -> None:
    (first, *_) = served(scene().board)
    known = replace(first, model=msgspec.structs.replace(first.model, aliases=("best",), context_length=1000))
    own, alias = json.loads(model_list([known]))["data"]
    assert (own["id"], own.get("alias_target"), own["context_length"]) == ("m", None, 1000)
    assert (alias["id"], alias["alias_target"], alias["display_name"]) == ("best", "m", "m")
    assert [row["name"] for row in json.loads(gemini_list([known]))["models"]] == ["models/m", "models/best"]
