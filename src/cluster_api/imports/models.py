"""The table of uploaded files: in the database, because the process that imports need not be the one that received.

They stay only while their job may still need them, and are bounded by the largest body of an import.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cluster_api.foundation.schema import Base, Identifier
from cluster_api.jobs.models import Job


class ImportFile(Base):
    """A piece of the file of an import; in order of position the pieces are the file."""

    __tablename__ = "import_file"

    job_id: Mapped[str] = mapped_column(Identifier, sa.ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
