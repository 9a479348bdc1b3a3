"""Whom a warning concerns: areas and codes to regions, regions and shapes to people."""
