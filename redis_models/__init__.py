"""Redis models, and the code that makes writes to Redis durable. Imports neither DRF nor HTTP code."""
