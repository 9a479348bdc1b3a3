"""Drafts: read, checked, kept; edited only by their version; linked to the first message of their chain."""
