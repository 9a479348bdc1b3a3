"""Who may release what: levels, authority, decisions, signed release orders and the audit chain."""
