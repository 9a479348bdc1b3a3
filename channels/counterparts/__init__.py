"""The other end of every driver: servers that speak the provider's protocol, for demo, drills, tests and benchmarks."""
