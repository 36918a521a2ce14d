"""The events of a stream of Responses."""

from typing import Any

from tests.demo.scenes import scene_at
from tests.demo.speakers import RESPONSES
from waystation.demo.settings import DemoSettings


def _told(settings: DemoSettings | None = None, **more: Any) -> tuple[list[Any], Any]:
    body = RESPONSES.body([RESPONSES.user("Hello you")], stream=True, **more)
    scene = scene_at(RESPONSES.path, body, settings=settings)
    return list(scene.spoken.events(scene.reply)), scene.spoken.plain(scene.reply)


def _types(told: list[Any]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in told]


def test_a_text_from_its_creation_to_its_completion() -> None:
    told, plain = _told(model="demo")
    assert _types(told) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        *["output_text.delta"] * 4,
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in told] == list(range(12))
    assert told[-1]["response"] == plain
    assert (told[0]["response"]["status"], told[0]["response"]["usage"]) == ("in_progress", None)


def test_an_item_keeps_its_id_and_its_place() -> None:
    told, plain = _told(**RESPONSES.thinking, **RESPONSES.with_tool)
    ids: dict[int, set[str]] = {0: set(), 1: set()}
    for event in told:
        if "output_index" in event:
            ids[event["output_index"]].add(event.get("item_id") or event["item"]["id"])
    assert list(ids.values()) == [{item["id"]} for item in plain["output"]]
    assert [event["item"] for event in told if event["type"] == "response.output_item.done"] == plain["output"]


def test_a_thought_is_told_in_a_summary() -> None:
    told, _ = _told(**RESPONSES.thinking)
    assert _types(told)[2:14] == [
        "output_item.added",
        "reasoning_summary_part.added",
        *["reasoning_summary_text.delta"] * 8,
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
    ]
    assert told[2]["item"]["summary"] == []


def test_a_thought_without_a_summary_is_an_item_alone() -> None:
    told, _ = _told()
    assert _types(told)[2:5] == ["output_item.added", "output_item.done", "output_item.added"]


def test_arguments_and_inputs_come_in_pieces() -> None:
    for tools, name, member in (
        (RESPONSES.with_tool["tools"], "function_call_arguments", "arguments"),
        ([{"type": "custom", "name": "sh"}], "custom_tool_call_input", "input"),
    ):
        told, plain = _told(model="demo", tools=tools)
        whole = plain["output"][0][member]
        pieces = [event["delta"] for event in told if event["type"] == f"response.{name}.delta"]
        (done,) = [event for event in told if event["type"] == f"response.{name}.done"]
        assert ("".join(pieces), done[member], len(pieces) > 1) == (whole, whole, True)
        assert told[2]["item"][member] == ""


def test_a_text_that_was_cut_ends_incomplete() -> None:
    told, _ = _told(DemoSettings(reply="a " * 20), model="demo", max_output_tokens=16)
    assert _types(told)[-1] == "incomplete"
