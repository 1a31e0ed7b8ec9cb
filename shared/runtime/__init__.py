"""The edge to AWS: settings, logging and the composition root."""
