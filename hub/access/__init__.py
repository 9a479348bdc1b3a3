"""Who may do what: who is asking, who administers, which systems and signers are trusted."""
