"""The Lambda functions, one package each; they never import each other."""
