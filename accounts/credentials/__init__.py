"""What proves who somebody is: tokens, sessions, passwords, keys of services and of providers."""
