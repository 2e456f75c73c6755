"""The old API of the chat."""
