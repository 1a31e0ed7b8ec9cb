"""What the functions share: pure core, adapters for networks, storage and wiring."""
