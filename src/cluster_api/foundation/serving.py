"""How the server is run: which proxies it believes, TLS, and how much it takes on."""

from typing import Any

from cluster_api.foundation.settings import Settings

MOST_CONNECTIONS = 900
"""Connections of a process, idle ones included: fewer than the 1,024 open files that a process may commonly have,
because a server that cannot open a file answers nobody, while one that is full answers 503 at once."""
IDLE_SECONDS = 5
"""An idle connection costs a stranger nothing to hold, so it is not held long."""
IDLE_SECONDS_OF_A_PROXY = 75
"""A proxy must be the one who closes (most do after 60 s), or it sends a request into a connection just closed."""


def server_options(settings: Settings) -> dict[str, Any]:
    """Answer the options of uvicorn that follow from the settings."""
    proxies = settings.proxies()
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "log_level": "warning",
        "server_header": False,
        # By itself uvicorn believes whatever comes from this machine, and FORWARDED_ALLOW_IPS of the environment.
        "proxy_headers": bool(proxies),
        "forwarded_allow_ips": proxies,
        "ssl_certfile": settings.tls_certificate,
        "ssl_keyfile": settings.tls_key,
        "limit_concurrency": MOST_CONNECTIONS,
        "timeout_keep_alive": IDLE_SECONDS_OF_A_PROXY if proxies else IDLE_SECONDS,
        "timeout_graceful_shutdown": 10,
    }
