"""Statements about officials, units, sessions, services and who is trusted."""
