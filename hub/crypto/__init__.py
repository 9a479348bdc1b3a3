"""Keys and what is made with them: signing keys, secret keys, seals and hashes."""
