"""Mails: links that prove an email, set a new password or confirm who somebody is, and what waits to be sent."""
