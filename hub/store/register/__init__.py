"""Statements about who can be reached: people, addresses, places, wishes, and the index over them."""
