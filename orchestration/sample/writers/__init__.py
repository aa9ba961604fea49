"""One writer per platform: each turns a chunk into rows of that platform's exports."""
