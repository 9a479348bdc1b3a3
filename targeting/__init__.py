"""Whom a warning concerns: regions, geometry, population groups, recipients, and their selection by bitmap."""
