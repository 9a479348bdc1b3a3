"""What the public answers: replies and posts taken in, read for mood and wish, counted by region."""
