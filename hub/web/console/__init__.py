"""The console: server-rendered pages, one file per page."""
