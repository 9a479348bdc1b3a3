"""What became of a release: receipts, progress, the report, and an alarm for whoever is untold."""
