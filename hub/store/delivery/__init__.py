"""Statements about what is sent and what became of it: campaigns, shards, deliveries, receipts."""
