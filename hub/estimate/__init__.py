"""What a draft would do before anybody approves it: whom it reaches, whom it does not, and what they had lately."""
