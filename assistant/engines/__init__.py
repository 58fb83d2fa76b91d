"""How tokens are made: one contract, one module for each way."""
