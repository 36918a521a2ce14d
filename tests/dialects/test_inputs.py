import json
from typing import Any

import pytest

from waystation.dialects.inputs import inputs_in


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ({"type": "text", "text": 'an "image_url" and a "file"'}, set()),
        ({"type": "image_url", "image_url": {"url": "data:"}}, {"image"}),
        ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, {"audio"}),
        ({"type": "file", "file": {"file_data": ""}}, {"file"}),
        ({"type": "video_url", "video_url": {}}, {"video"}),
        ({"type": "input_image", "image_url": "data:"}, {"image"}),
        ({"type": "input_file", "file_id": "f"}, {"file"}),
        ({"type": "image", "source": {"type": "base64"}}, {"image"}),
        ({"type": "document", "source": {"type": "url"}}, {"file"}),
        ({"inlineData": {"mimeType": "image/png", "data": ""}}, {"image"}),
        ({"inline_data": {"mime_type": "audio/mp3", "data": ""}}, {"audio"}),
        ({"fileData": {"mimeType": "application/pdf"}}, {"file"}),
        ({"fileData": {"mimeType": "video/mp4"}}, {"video"}),
    ],
)
def test_parts_are_known_by_their_names(part: dict[str, Any], kinds: set[str]) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        assert inputs_in(json.dumps({"messages": [part]}, separators=separators).encode()) == kinds
