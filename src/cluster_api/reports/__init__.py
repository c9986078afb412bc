"""The sealed report of an assessment, and the explanation of its score."""
