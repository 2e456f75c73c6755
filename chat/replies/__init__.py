"""Replies to users: from an OpenAI-compatible endpoint, or from the built-in listener if none is configured."""
