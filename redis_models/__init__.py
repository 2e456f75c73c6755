"""Redis models and everything that makes a write to Redis safe; knows neither DRF nor HTTP."""
