"""One script per figure the documentation claims: `python -m bench.NAME`, or `hub bench NAME`."""
