"""The outside, behind the ports: databases, sockets, clocks, ciphers. Only `house.py` imports this room."""
