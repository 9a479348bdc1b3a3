"""The duty roster (值班表): who is on duty when in which unit, and how they are called."""
