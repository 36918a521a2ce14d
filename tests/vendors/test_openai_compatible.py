from waystation.vendors.openai import VENDOR as OPENAI
from waystation.vendors.openai_compatible import VENDOR


def test_the_operator_must_say_where_it_is() -> None:
    assert VENDOR.base_url is None


def test_it_speaks_what_openai_speaks() -> None:
    assert VENDOR.paths == OPENAI.paths
