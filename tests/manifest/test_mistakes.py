import pytest

from waystation.manifest.mistakes import Mistake, Place, Rejected, Report, dotted
from waystation.wire.errors import Misconfigured

PLACES = {
    (): Place(1, 0),
    ("models",): Place(3, 2),
    ("models", 0): Place(3, 3),
    ("models", 0, "name"): Place(5, 4, origin="the value of ${NAME}"),
}


def test_a_path_is_dotted() -> None:
    assert dotted(("models", 0, "price", "input")) == "models[0].price.input"
    assert dotted(()) == ""


def test_a_secret_in_a_field_s_name_is_masked() -> None:
    assert dotted(("upstreams", 0, "sk-abcdef123456")) == "upstreams[0].•••"


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        (Mistake("f.yaml", 12, "a[0].b", "wrong"), "f.yaml:12: a[0].b: wrong"),
        (Mistake("f.yaml", 0, "a", "wrong"), "f.yaml: a: wrong"),
        (Mistake("f.yaml", 3, "", "wrong"), "f.yaml:3: wrong"),
    ],
)
def test_a_mistake_s_text(mistake: Mistake, text: str) -> None:
    assert str(mistake) == text


def test_all_are_raised_at_once_in_the_order_of_lines() -> None:
    report = Report("f.yaml", PLACES)
    report.add(("models", 0, "name"), "second")
    report.add_at(1, "first")
    report.add_key(("models", 0, "name"), "in between")
    with pytest.raises(Rejected) as caught:
        report.raise_if_any()
    assert isinstance(caught.value, Misconfigured)
    assert [mistake.line for mistake in caught.value.mistakes] == [1, 4, 5]
    assert caught.value.message == (
        "f.yaml:1: first\nf.yaml:4: models[0].name: in between\nf.yaml:5: models[0].name: second"
    )


def test_without_a_mistake_nothing_is_raised() -> None:
    Report("f.yaml").raise_if_any()


def test_a_place_that_the_file_lacks_has_the_line_around_it() -> None:
    report = Report("f.yaml", PLACES)
    assert report.line(("models", 0, "price", "input")) == 3
    assert report.line(("upstreams",)) == 1
    assert Report("f.yaml").line(("upstreams",)) == 0
    assert Report("f.yaml").origin(("upstreams",)) is None


def test_a_single_value_where_a_list_may_stand_has_no_index() -> None:
    report = Report("f.yaml", PLACES)
    report.add(("models", 0, "name", 0), "wrong")
    with pytest.raises(Rejected, match=r"^f.yaml:5: models\[0\].name: wrong$"):
        report.raise_if_any()


def test_what_lies_in_a_told_place_counts_as_told() -> None:
    report = Report("f.yaml", PLACES)
    report.add(("models", 0), "wrong")
    assert report.told(("models", 0))
    assert report.told(("models", 0, "name"))
    assert not report.told(("models",))
    assert not report.told(("models", 1))


def test_an_origin_is_known() -> None:
    assert Report("f.yaml", PLACES).origin(("models", 0, "name")) == "the value of ${NAME}"
    assert Report("f.yaml", PLACES).origin(("models", 0)) is None
