"""Normal forms of text, for comparing it. Imports the standard library alone, so that safety can use it."""
