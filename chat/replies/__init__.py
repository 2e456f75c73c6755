"""Replies to what a user says: from any OpenAI-compatible endpoint, or from the built-in listener where none is set."""
