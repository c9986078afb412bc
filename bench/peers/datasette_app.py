"""Datasette on the same file: the three questions as canned queries, which is how its users publish their own.

It runs under the same uvicorn as everything else; its own command would start the same server with an access log.
"""

import os

import sqlalchemy as sa
from datasette.app import Datasette

from bench.peers.questions import COUNTS, LABEL_COLUMNS, PAGE

# A canned query answers flat rows; SQLite's own JSON functions nest the labels of a cluster in one of them.
CLUSTER_WITH_LABELS = f"""
SELECT id AS cluster_id, legal_name AS name, country, region, portfolio, website, is_synthetic,
       (SELECT json_group_array(json_object({", ".join(f"'{name}', {name}" for name in LABEL_COLUMNS)}))
        FROM (SELECT * FROM label WHERE cluster_id = :id ORDER BY valid_from DESC, number DESC)) AS labels
FROM cluster WHERE id = :id
"""
QUERIES = {"page": {"sql": PAGE}, "cluster": {"sql": CLUSTER_WITH_LABELS}, "counts": {"sql": COUNTS}}
PATH = sa.make_url(os.environ["DATABASE_URL"]).database or ""

app = Datasette(
    files=[PATH],
    metadata={"databases": {PATH.rsplit("/", 1)[-1].rsplit(".", 1)[0]: {"queries": QUERIES}}},
    settings={"max_returned_rows": 1000},
).app()
