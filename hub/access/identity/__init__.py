"""Who is asking: passwords, second factors, sessions, tokens, single sign-on."""
