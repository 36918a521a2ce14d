"""The words of the house: frozen values that every room speaks in. Standard library and msgspec, no I/O, no clock."""
