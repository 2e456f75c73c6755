"""Parts that answers share: problem documents, pages, staleness, and the state of a write."""
