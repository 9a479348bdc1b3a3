"""The public page on which people subscribe, choose and leave, without an account."""
