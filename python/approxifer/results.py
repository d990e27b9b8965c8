"""Results."""
Batches = load_batches = load_run = None
