"""Feeds that media partners pull: pure documents, and the pages that serve them."""
