"""Benchmarkings: the questionnaire of a cluster, talked through by an expert, frozen, compared and released."""
