"""One command that installs, builds and runs the whole system on this machine."""
