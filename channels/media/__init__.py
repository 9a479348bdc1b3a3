"""The media: one frozen value per file."""
