"""Open questions: what a draft leaves doubtful is asked of its author, before anybody is asked to sign."""
