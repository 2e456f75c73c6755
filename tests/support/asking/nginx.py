"""nginx in front of a site, with Debian's package; a test without it is skipped."""

import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, wait_until

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_max_body_size 20m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream site {{ server 127.0.0.1:{site}; keepalive 8; keepalive_timeout 8s; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host localhost; proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""


@contextmanager
def nginx_before(site: int, *, folder: Path):
    """Run nginx in front of the port of a site; yields its own port."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("needs nginx, to ask through a proxy")
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, site=site, port=port))
    process = subprocess.Popen([nginx, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "error.log")])
    try:
        wait_until(lambda: _is_up(port))
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _is_up(port: int) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/live", trust_env=False).status_code == 200
    return False
