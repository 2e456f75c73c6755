"""How `serve` answers: an event loop reads bodies and sends streams, and threads run Django's WSGI handler."""
