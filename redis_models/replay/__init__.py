"""The drain: rows of the journal are applied (again), proven, and only then dropped."""
