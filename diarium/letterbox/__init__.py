"""What the public drops for the staff side: the public process only puts in, the worker takes out."""
