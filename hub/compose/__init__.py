"""Every form a warning is sent in, made once, and held against what the law and the signers ask of its words."""
