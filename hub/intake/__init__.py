"""Ingest: what upstream systems send. Always a draft, unless a paper signed beforehand covers it to the letter."""
