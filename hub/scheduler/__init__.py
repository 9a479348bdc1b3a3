"""What is done again and again beside requests: one sweep over everything that has become due."""
