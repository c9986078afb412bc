# The image of the service: built from the lock file, run without root and without build tools.
# Migrations are a command of their own: `docker run … cluster-api migrate`; nothing is migrated at import or start.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
# hadolint ignore=DL3013,DL3042
RUN python3 -m venv /uv && /uv/bin/pip install --quiet --no-cache-dir uv
COPY pyproject.toml uv.lock README.md LICENSE ./
# The certificates of the system, because many builds stand behind a proxy with one of its own.
ENV UV_SYSTEM_CERTS=1 UV_PROJECT_ENVIRONMENT=/opt/cluster-api UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN /uv/bin/uv sync --quiet --frozen --no-dev --extra parquet --extra reports --extra s3 --no-install-project
COPY src ./src
COPY migrations ./migrations
RUN /uv/bin/uv sync --quiet --frozen --no-dev --extra parquet --extra reports --extra s3 --no-editable

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 cluster && useradd --uid 10001 --gid cluster --no-create-home --shell /usr/sbin/nologin cluster \
  && mkdir -p /data && chown cluster:cluster /data
COPY --from=build /opt/cluster-api /opt/cluster-api
ENV PATH=/opt/cluster-api/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python3", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
# The default command starts an empty or an existing register: it migrates explicitly, then serves.
CMD ["sh", "-c", "cluster-api migrate && exec cluster-api serve"]
