"""`waystation calls`: the call records, newest first."""
