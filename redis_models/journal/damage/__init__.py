"""A journal file that was damaged, replaced or deleted: noticing it, and bringing back the rows that are complete."""
