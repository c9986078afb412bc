"""Filled sheets of a case: the self-assessment, each assessor's own, and the consensus."""
