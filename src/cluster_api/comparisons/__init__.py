"""What benchmarks are compared by: figures of filled questionnaires, peers, spreads, findings."""
