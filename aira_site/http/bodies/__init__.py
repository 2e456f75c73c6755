"""Bodies are whole before Django sees them: bounds, deadlines, memory, and adapters for WSGI and ASGI servers."""
