"""Rigs that load Waystation and its neighbours on one machine. `python -m bench` names them."""
