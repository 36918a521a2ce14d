"""What a call used, as OpenAI tells it."""

from waystation.dialects.table import said
from waystation.wire.usage import Heard


def usage_of(heard: Heard) -> dict[str, object]:
    """Counts that were not said are left out; `cache_write_tokens` is OpenAI's and OpenRouter's name."""
    usage = heard.usage
    whole_in, whole_out = usage.input_tokens or 0, usage.output_tokens or 0
    of_input = {
        "cached_tokens": usage.cache_read_input_tokens,
        "cache_write_tokens": usage.cache_creation_input_tokens,
    }
    of_output = {"reasoning_tokens": usage.reasoning_output_tokens}
    return said(
        {
            "prompt_tokens": whole_in,
            "completion_tokens": whole_out,
            "total_tokens": whole_in + whole_out,
            "prompt_tokens_details": said(of_input) or None,
            "completion_tokens_details": said(of_output) or None,
        }
    )
