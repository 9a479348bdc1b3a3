"""SQL in two dialects: one writer, many readers, and the ways rows are read, numbered and packed."""
