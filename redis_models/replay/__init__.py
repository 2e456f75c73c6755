"""The drain: apply the journal's rows (again), confirm that they are durable, and only then drop them."""
