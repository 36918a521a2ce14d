from waystation.dialects.cohere_embed.tasks import DEFAULT, INPUT_TYPES


def test_every_task_has_one_of_coheres_input_types() -> None:
    assert set(INPUT_TYPES.values()) == {"search_document", "search_query", "classification", "clustering"}
    assert DEFAULT in INPUT_TYPES.values()
