"""What a request says, typed and bounded."""
