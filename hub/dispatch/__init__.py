"""From a shard to the wire and back: lease, intent, window, driver, outcome."""
