"""The journal's file: open it, begin transactions, and keep space for a full disk."""
