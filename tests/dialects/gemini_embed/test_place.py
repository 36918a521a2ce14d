import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_embed.place import bare, locate, vendor_path


@pytest.mark.parametrize(
    ("path", "model", "verb"),
    [
        ("/models/gemini-embedding-001:embedContent", "gemini-embedding-001", "embedContent"),
        ("/models/m:batchEmbedContents", "m", "batchEmbedContents"),
        ("/models/team/m:embedContent", "team/m", "embedContent"),
        ("/models/team%2Fm:embedContent", "team/m", "embedContent"),
        ("/models/m:free:embedContent", "m:free", "embedContent"),
    ],
)
def test_the_path_names_model_and_verb(path: str, model: str, verb: str) -> None:
    assert locate(path) == Place(model=model, verb=verb)


@pytest.mark.parametrize(
    "path",
    ["/models/m", "/models/m:generateContent", "/models/:embedContent", "/embeddings", "/models/m:embedContents"],
)
def test_another_path_is_not_ours(path: str) -> None:
    assert locate(path) is None


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("m", "/models/m:x"),
        ("models/m", "/models/m:x"),
        ("a/b c?", "/models/a%2Fb%20c%3F:x"),
        ("m:1", "/models/m%3A1:x"),
    ],
)
def test_a_vendor_is_reached_at_its_models_path(model: str, path: str) -> None:
    assert vendor_path("/models/{model}:x", model) == path


def test_a_name_may_come_with_its_collection() -> None:
    assert bare("models/m") == bare("m") == "m"
