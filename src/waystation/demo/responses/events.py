"""A reply as the events of a stream of Responses, in the order in which OpenAI sends them."""

from collections.abc import Iterator

from waystation.demo.replies import Reply, Wire
from waystation.demo.responses.answers import begun, call, items, message, output_text, response, summary_text, thought
from waystation.demo.responses.ask import ResponsesAsk


def events(ask: ResponsesAsk, members: Wire, reply: Reply) -> Iterator[Wire]:
    """Each has its number."""
    for number, told in enumerate(_unnumbered(ask, members, reply)):
        yield {**told, "sequence_number": number}


def _unnumbered(ask: ResponsesAsk, members: Wire, reply: Reply) -> Iterator[Wire]:
    start = begun(ask, members, reply)
    yield {"type": "response.created", "response": start}
    yield {"type": "response.in_progress", "response": start}
    done = items(ask, reply)
    for index, item in enumerate(done):
        match item["type"]:
            case "reasoning":
                told = _thought(ask, reply)
            case "message":
                told = _message(reply)
            case _:
                told = _call(reply)
        for one in told:
            yield {**one, "output_index": index}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    whole = response(ask, members, reply)
    yield {"type": f"response.{whole['status']}", "response": whole}


def _thought(ask: ResponsesAsk, reply: Reply) -> Iterator[Wire]:
    item = thought(ask, reply, is_done=False)
    yield {"type": "response.output_item.added", "item": item}
    if not ask.shows_thought:
        return
    place: Wire = {"item_id": item["id"], "summary_index": 0}
    yield {"type": "response.reasoning_summary_part.added", **place, "part": summary_text("")}
    for piece in reply.thought:
        yield {"type": "response.reasoning_summary_text.delta", **place, "delta": piece}
    text = "".join(reply.thought)
    yield {"type": "response.reasoning_summary_text.done", **place, "text": text}
    yield {"type": "response.reasoning_summary_part.done", **place, "part": summary_text(text)}


def _message(reply: Reply) -> Iterator[Wire]:
    item = message(reply, [], "in_progress")
    yield {"type": "response.output_item.added", "item": item}
    place: Wire = {"item_id": item["id"], "content_index": 0}
    yield {"type": "response.content_part.added", **place, "part": output_text("")}
    for piece in reply.pieces:
        yield {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
    text = "".join(reply.pieces)
    yield {"type": "response.output_text.done", **place, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": output_text(text)}


def _call(reply: Reply) -> Iterator[Wire]:
    assert reply.tool is not None
    item = call(reply, "", "in_progress")
    yield {"type": "response.output_item.added", "item": item}
    name, member = ("custom_tool_call_input", "input") if reply.tool.free else ("function_call_arguments", "arguments")
    for piece in reply.pieces:
        yield {"type": f"response.{name}.delta", "item_id": item["id"], "delta": piece}
    yield {"type": f"response.{name}.done", "item_id": item["id"], member: "".join(reply.pieces)}
