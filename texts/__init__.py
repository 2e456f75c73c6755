"""Normal forms for comparing text. Imports only the standard library, so that `chat.safety` can use it."""
