"""Publishing: tick → queue → claim, intent, hold, send, settle, reconcile."""
