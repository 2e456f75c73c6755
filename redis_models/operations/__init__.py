"""What a change and a question are, as data, and the scripts that carry them out."""
