"""What runs beside the requests of a serving process."""
