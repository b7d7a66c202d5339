"""Where records come from: readers, batches, the sample generator."""
