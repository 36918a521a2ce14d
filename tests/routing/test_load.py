from waystation.routing.load import Load


def test_what_begins_is_in_flight_until_it_ends_and_has_its_turn() -> None:
    one, other = Load(), Load()
    assert (one.in_flight, one.turn) == (0, 0)
    one.begin()
    other.begin()
    one.begin()
    assert (one.in_flight, other.in_flight) == (2, 1)
    assert 0 < other.turn < one.turn
    one.end()
    one.end()
    assert one.in_flight == 0
