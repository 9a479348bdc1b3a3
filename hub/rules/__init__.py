"""The rules by name, and what can be done about a refusal by each."""
