"""Privacy: rotation of the keys of addresses, showing one by right, erasing a person, forgetting what is old."""
