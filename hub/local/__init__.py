"""Everything on one machine: processes that live and end together, an embedded Redis, the demonstration."""
