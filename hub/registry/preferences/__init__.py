"""What people choose for themselves: channels, language, the least level; and where the law overrides it."""
