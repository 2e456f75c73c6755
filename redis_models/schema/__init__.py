"""What is stored in Redis, and under which keys: ids, keys, models and snapshots."""
