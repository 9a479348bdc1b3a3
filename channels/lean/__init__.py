"""One HTTP/1.1 connection and a pool of them, for the path where a library's generality costs more than the sending."""
