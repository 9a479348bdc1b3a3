"""The demonstration: a synthetic town, and one real warning that goes to it and comes back."""
