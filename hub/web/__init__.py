"""The HTTP face: server, authentication, problem documents, idempotency, hooks, health and metrics."""
