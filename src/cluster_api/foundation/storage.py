"""Which store keeps the files of evidence: a folder, or a bucket of an object storage, by one setting."""

from urllib.parse import urlsplit

from cluster_api.foundation.filestore import FileStore, FolderStore
from cluster_api.foundation.objectstore import ObjectStore
from cluster_api.foundation.settings import Settings


def evidence_store(settings: Settings) -> FileStore:
    """Answer the store that ``EVIDENCE_STORE`` names; nothing is asked of it yet."""
    parts = urlsplit(settings.evidence_store)
    if parts.scheme == "s3":
        return ObjectStore(parts.netloc, parts.path, settings.object_storage)
    return FolderStore(settings.evidence_folder())
