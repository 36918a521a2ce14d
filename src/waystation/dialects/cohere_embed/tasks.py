"""What vectors are for, in Gemini's words and in Cohere's, which are coarser."""

from typing import Final

DEFAULT: Final = "search_document"

INPUT_TYPES: Final = {
    "RETRIEVAL_DOCUMENT": "search_document",
    "RETRIEVAL_QUERY": "search_query",
    "CODE_RETRIEVAL_QUERY": "search_query",
    "QUESTION_ANSWERING": "search_query",
    "FACT_VERIFICATION": "search_query",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
}
