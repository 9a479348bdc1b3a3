"""The hub: a warning and its way from draft to report."""
