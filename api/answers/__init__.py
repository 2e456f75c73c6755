"""What an answer says beside its content: problems, pages, staleness, and what a write rests on."""
