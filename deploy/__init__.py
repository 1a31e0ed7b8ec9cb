"""What `make deploy` and `make undeploy` do: ask, say what it costs, call SAM, clean up."""
