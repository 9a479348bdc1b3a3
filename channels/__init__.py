"""Outbound drivers, one file each; what they send, what they answer, and the servers at their other end."""
