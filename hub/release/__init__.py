"""From a draft to a signed order: compose, submit, decide, release, and what follows an Update or a Cancel."""
