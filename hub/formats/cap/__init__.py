"""CAP in and out: tolerant reading, strict writing (OASIS CAP 1.2, and 1.1 and 1.0 on reading)."""
