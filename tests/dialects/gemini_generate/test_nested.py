"""Unknown members of inner objects."""

import msgspec

from waystation.dialects.gemini_generate.nested import put


def raw(text: bytes) -> msgspec.Raw:
    return msgspec.Raw(text)


def written(members: dict[str, object], **extras: msgspec.Raw) -> bytes:
    return msgspec.json.encode(put(members, extras))


def test_members_go_back_to_their_places() -> None:
    extras = {"inlineData.alt": raw(b"1"), "toolConfig.functionCallingConfig.x": raw(b"2"), "other.y": raw(b"3")}
    got = msgspec.json.decode(msgspec.json.encode(put({"inlineData": {"data": ""}}, extras)))
    assert got == {
        "inlineData": {"data": "", "alt": 1},
        "toolConfig": {"functionCallingConfig": {"x": 2}},
        "other.y": 3,
    }


def test_what_is_said_already_stays() -> None:
    assert written({"a": 1}, a=raw(b"2")) == b'{"a":1}'
    assert msgspec.json.encode(put({"content": 5}, {"content.a": raw(b"1")})) == b'{"content":5}'
