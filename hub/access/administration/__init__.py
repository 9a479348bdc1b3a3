"""Administration under four eyes: who grants rights, keys and channels needs a second one to agree."""
