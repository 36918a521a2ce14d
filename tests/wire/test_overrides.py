import msgspec

from waystation.wire.overrides import BodyRule, HeaderRules, Overrides, When


def test_overrides_show_no_value_of_a_header() -> None:
    rules = HeaderRules(passed=("x-trace",), set=(("x-team", "hunter2"),))
    assert repr(rules) == "HeaderRules(passed=('x-trace',), set=['x-team'], …)"
    assert "hunter2" not in repr(Overrides(headers=rules))


def test_overrides_are_the_same_after_they_were_stored() -> None:
    when = When(models=("a*",), stream=False, has=("b",), lacks=("c",), equals=(("d", (True, 1, 1.5, "x")),))
    overrides = Overrides(
        headers=HeaderRules(passed=("p",), drop=("q",), rename=(("r", "s"),), set=(("t", "u"),)),
        body=(BodyRule(action="set", member="m", value="[1,null]", when=when), BodyRule(action="drop", member="n")),
        prefix="/p",
        paths=(("openai.chat", "/c"),),
    )
    again = msgspec.json.decode(msgspec.json.encode(overrides), type=Overrides)
    assert again == overrides
    assert [type(value) for value in again.body[0].when.equals[0][1]] == [bool, int, float, str]
