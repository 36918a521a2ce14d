"""What ends calls while the store is lost: a journal on the local disk, from which it is booked once the store is back.

`store.SpooledStore` stands before any store. It writes down the bookings that a running call owes when the store
can't take them, and books those later, in their order, each once.
"""
