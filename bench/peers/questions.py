"""The three questions as plain SQL, for the peers that speak SQL themselves (the bare driver and Datasette).

Both databases understand them; only the marks of parameters differ (`:name` here).
"""

PAGE_COLUMNS = (
    "cluster_id",
    "name",
    "country",
    "region",
    "portfolio",
    "website",
    "is_synthetic",
    "level",
    "label_number",
    "valid_from",
    "valid_until",
    "state",
)
PAGE = """
SELECT c.id AS cluster_id, c.legal_name AS name, c.country, c.region, c.portfolio, c.website, c.is_synthetic,
       p.level, l.number AS label_number, l.valid_from, l.valid_until, 'valid' AS state
FROM cluster c
JOIN level_period p ON p.cluster_id = c.id AND p.starts_on <= :valid_on AND p.ends_on >= :valid_on
JOIN label l ON l.number = p.label_number
WHERE c.country = :country AND p.level = :level
ORDER BY c.sort_name, c.id
LIMIT 50
"""

CLUSTER_COLUMNS = ("cluster_id", "name", "country", "region", "portfolio", "website", "is_synthetic")
CLUSTER = """
SELECT id AS cluster_id, legal_name AS name, country, region, portfolio, website, is_synthetic
FROM cluster WHERE id = :id
"""
LABEL_COLUMNS = ("number", "level", "kind", "awarded_on", "valid_from", "valid_until")
LABELS = """
SELECT number, level, kind, awarded_on, valid_from, valid_until
FROM label WHERE cluster_id = :id ORDER BY valid_from DESC, number DESC
"""

# Suspensions are left out of account: an easier question than the service answers, and the one most would ask.
COUNT_COLUMNS = ("level", "country", "labels")
COUNTS = """
SELECT level, country, count(*) AS labels
FROM label
WHERE valid_from <= :at AND valid_until >= :at AND (withdrawn_on IS NULL OR withdrawn_on > :at)
GROUP BY level, country
"""
