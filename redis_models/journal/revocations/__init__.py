"""What a host knows of ended sessions and used refresh tokens, also while Redis is away."""
