"""The API under /api/v1: one file per subject, and one table of endpoints for the router and OpenAPI."""
