"""What is stored, and under which names: keys, ids, models, snapshots."""
