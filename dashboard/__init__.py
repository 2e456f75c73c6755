"""User stats, moods, and the dashboard that shows them."""
