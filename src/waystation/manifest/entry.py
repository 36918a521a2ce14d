"""What every entry of a file has in common."""

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
