"""What answers for a warning in law: the audit log, its patrols, and the pack that is judged without the hub."""
