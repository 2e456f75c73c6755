"""One's data out, back in, and gone."""
