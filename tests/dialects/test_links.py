import msgspec

from waystation.dialects.codec import Target
from waystation.dialects.links import inlined, links_of
from waystation.wire.chat import (
    AudioPart,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    Inline,
    Link,
    Message,
    Part,
    TextPart,
    ToolResultPart,
)

CAT = "https://img.example/cat.png"
PDF = "http://files.example/a.pdf"
TARGET = Target(model="m")


def request(*parts: Part) -> ChatRequest:
    return ChatRequest(dialect="openai.chat", model="m", messages=(Message(role="user", parts=parts),))


def image(url: str) -> ImagePart:
    return ImagePart(source=Link(url))


def test_what_a_language_reads_by_itself_is_not_fetched() -> None:
    asked = request(image(CAT), FilePart(source=Link(PDF)))
    assert links_of(asked, "openai.responses", TARGET) == ()
    assert links_of(asked, "openai.chat", TARGET) == (PDF,)
    assert links_of(asked, "gemini.generate", TARGET) == (CAT, PDF)


def test_a_server_that_fetches_nothing_gets_images_inline() -> None:
    target = Target(model="m", traits=frozenset({"inline_images"}))
    assert links_of(request(image(CAT)), "openai.chat", target) == (CAT,)


def test_only_what_is_on_the_web_is_fetched_and_each_address_once() -> None:
    asked = request(
        TextPart(text=CAT),
        image(CAT),
        ToolResultPart(call_id="c", parts=(image(CAT), TextPart(text="x"))),
        ImagePart(source=Inline("image/png", "AAAA")),
        ImagePart(source=FileId("openai.chat", "file-1")),
        image("gs://bucket/cat.png"),
        image("https://youtu.be/abc"),
        AudioPart(source=Inline("audio/wav", "AAAA")),
    )
    assert links_of(asked, "gemini.generate", TARGET) == (CAT,)


def test_the_bytes_stand_where_the_address_stood() -> None:
    asked = request(image(CAT), image("gs://b/c"), ToolResultPart(call_id="c", parts=(image(CAT),)), TextPart(text="x"))
    png = Inline("image/png", "iVBORw0KGgo=")
    first, second, third, fourth = inlined(asked, {CAT: png}).messages[0].parts
    assert first == msgspec.structs.replace(image(CAT), source=png)
    assert second == image("gs://b/c")
    assert isinstance(third, ToolResultPart)
    assert third.parts == (first,)
    assert fourth == TextPart(text="x")
