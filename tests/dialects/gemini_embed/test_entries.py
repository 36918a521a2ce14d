import pytest

from waystation.dialects.codec import Place
from waystation.dialects.gemini_embed.entries import Body, Entry
from waystation.dialects.table import Table
from waystation.wire.errors import BadRequest

ONE = Place(model="m", verb="embedContent")
MANY = Place(model="m", verb="batchEmbedContents")
CONTENT = b'"content":{"parts":[{"text":"a"}]}'


def entry(members: str) -> Entry:
    return Entry(Table(b"{%s,%s}" % (CONTENT, members.encode())))


def test_a_body_holds_one_request_or_many() -> None:
    one = Body(b"{%s}" % CONTENT, ONE)
    assert (one.single, len(one.entries), dict(one.rest)) == (True, 1, {})
    many = Body(b'{"model":"models/m","requests":[{%s},{%s}],"x":1}' % (CONTENT, CONTENT), MANY)
    assert (many.single, len(many.entries), list(many.rest)) == (False, 2, ["x"])


@pytest.mark.parametrize(
    ("body", "place", "param"),
    [
        (b"{}", ONE, "content"),
        (b"{}", MANY, "requests"),
        (b'{"requests":[]}', MANY, "requests"),
        (b'{"requests":{}}', MANY, "requests"),
        (b'{"requests":[{}]}', MANY, "requests[0].content"),
        (b'{"requests":[1]}', MANY, "requests[0]"),
    ],
)
def test_a_body_without_content_is_refused(body: bytes, place: Place, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Body(body, place)
    assert caught.value.param == param


@pytest.mark.parametrize(
    "members",
    [
        '"taskType":"CLUSTERING","title":"t","outputDimensionality":8',
        '"task_type":"CLUSTERING","title":"t","output_dimensionality":8',
        '"embedContentConfig":{"taskType":"CLUSTERING","title":"t","outputDimensionality":8}',
        '"embed_content_config":{"task_type":"CLUSTERING","title":"t","output_dimensionality":8.0}',
        '"model":"models/m","title":"t","embedContentConfig":{"taskType":"CLUSTERING","outputDimensionality":8}',
    ],
)
def test_members_are_read_in_every_spelling(members: str) -> None:
    got = entry(members)
    assert (got.text, got.task, got.title, got.dimensions, dict(got.extras)) == ("a", "CLUSTERING", "t", 8, {})


def test_what_has_no_word_is_kept() -> None:
    got = entry('"x":1,"embedContentConfig":{"autoTruncate":true,"title":"t"}')
    assert {name: bytes(raw) for name, raw in got.extras.items()} == {
        "x": b"1",
        "embedContentConfig": b'{"autoTruncate":true}',
    }


def test_several_parts_are_one_text() -> None:
    assert Entry(Table(b'{"content":{"role":"user","parts":[{"text":"a"},{"text":"b"}]}}')).text == "a\nb"


@pytest.mark.parametrize(
    ("content", "param"),
    [
        ('{"parts":[{"text":"a"},{"inlineData":{"mimeType":"image/png","data":""}}]}', "content.parts[1]"),
        ('{"parts":[]}', "content.parts"),
        ("{}", "content.parts"),
        ("1", "content"),
    ],
)
def test_only_text_can_be_said_in_words(content: str, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Entry(Table(f'{{"content":{content}}}'.encode()))
    assert caught.value.param == param


@pytest.mark.parametrize("count", ["0", "-1", "1.5", '"8"'])
def test_dimensions_are_counted(count: str) -> None:
    with pytest.raises(BadRequest) as caught:
        entry(f'"outputDimensionality":{count}')
    assert caught.value.param == "outputDimensionality"
