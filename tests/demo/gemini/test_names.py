"""Member names in both cases."""

from waystation.demo.gemini.names import camel


def test_names_become_camel_case_at_every_depth() -> None:
    given = {"system_instruction": {"parts": [{"inline_data": {"mime_type": "a"}}]}, "top_k": 1}
    assert camel(given) == {"systemInstruction": {"parts": [{"inlineData": {"mimeType": "a"}}]}, "topK": 1}


def test_null_is_nothing_but_in_what_is_the_callers_own() -> None:
    assert camel({"tools": None, "parts": [{"text": None}]}) == {"parts": [{}]}
    assert camel({"args": {"a": None}}) == {"args": {"a": None}}


def test_what_is_the_callers_own_stays() -> None:
    given = {"function_call": {"args": {"a_b": {"c_d": 1}}}, "parameters_json_schema": {"$defs": {"x_y": 1}}}
    assert camel(given) == {
        "functionCall": {"args": {"a_b": {"c_d": 1}}},
        "parametersJsonSchema": {"$defs": {"x_y": 1}},
    }


def test_properties_keep_their_names_but_not_what_is_said_of_them() -> None:
    given = {"properties": {"a_b": {"any_of": [{"min_items": 1}]}}}
    assert camel(given) == {"properties": {"a_b": {"anyOf": [{"minItems": 1}]}}}
    assert camel({"properties": [1]}) == {"properties": [1]}
