"""The existing API of the chat."""
