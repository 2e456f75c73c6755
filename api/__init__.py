"""The conventions of /api/v1, one file each: what every app's resources have in common. Knows no resource."""
