"""What paths say, and the paths of vendors."""

import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_generate.place import locate, vendor_path

PLAIN, STREAM = "generateContent", "streamGenerateContent"
TEMPLATE = "/models/{model}:{verb}"


@pytest.mark.parametrize(
    ("path", "query", "place"),
    [
        ("/models/gemini-3-pro:generateContent", "", Place(model="gemini-3-pro", verb=PLAIN)),
        ("/models/gemini-3-pro:generateContent", "alt=sse", Place(model="gemini-3-pro", verb=PLAIN)),
        ("/models/m:streamGenerateContent", "alt=sse&key=k", Place(model="m", stream=True, verb=STREAM)),
        ("/models/m:streamGenerateContent", "", Place(model="m", stream=True, array=True, verb=STREAM)),
        ("/models/m:streamGenerateContent", "alt=json", Place(model="m", stream=True, array=True, verb=STREAM)),
        ("/models/google/gemma:3:generateContent", "", Place(model="google/gemma:3", verb=PLAIN)),
        ("/models/google%2Fgemma%203:generateContent", "", Place(model="google/gemma 3", verb=PLAIN)),
        ("/tunedModels/mine:generateContent", "", Place(model="tunedModels/mine", verb=PLAIN)),
        ("/models/m:countTokens", "", None),
        ("/models/:generateContent", "", None),
        ("/models/m", "", None),
        ("/chat/completions", "", None),
    ],
)
def test_a_path_says_the_model_and_the_stream(path: str, query: str, place: Place | None) -> None:
    assert locate(path, query) == place


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-3-pro", False, "/models/gemini-3-pro:generateContent"),
        ("gemini-3-pro", True, "/models/gemini-3-pro:streamGenerateContent?alt=sse"),
        ("models/gemini-3-pro", False, "/models/gemini-3-pro:generateContent"),
        ("google/gemma 3?x", False, "/models/google%2Fgemma%203%3Fx:generateContent"),
        ("tunedModels/mine", True, "/tunedModels/mine:streamGenerateContent?alt=sse"),
        ("{verb}", False, "/models/%7Bverb%7D:generateContent"),
    ],
)
def test_a_vendor_is_asked_by_the_path(model: str, stream: bool, path: str) -> None:
    assert vendor_path(TEMPLATE, model, stream=stream) == path
