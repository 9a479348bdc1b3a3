"""Release: the signed order, and the shards that take it to everyone it is for."""
