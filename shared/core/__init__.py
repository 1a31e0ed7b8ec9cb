"""The pure heart of Tidings: values, rules and ports. Standard library only."""
