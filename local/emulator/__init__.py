"""Everything that depends on the embedded AWS emulator; exchange this folder to exchange it."""
