"""nginx and Caddy in front of a site, on loopback ports."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, wait_until

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit; {user}
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{site};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:{site}
}}
"""


def is_there(name: str) -> bool:
    """Return whether the program is installed."""
    return shutil.which(name) is not None


class Proxy:
    """A proxy in front of the site on the port `site`; it listens on `port`."""

    def __init__(self, name: str, *, site: int, folder: Path) -> None:
        self.port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        text = {"nginx": NGINX, "caddy": CADDY}[name].format(port=self.port, site=site, folder=folder, user=user)
        file = folder / "Caddyfile"
        file.write_text(text)
        arguments = {
            "nginx": ["nginx", "-p", str(folder), "-c", str(file)],
            "caddy": ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"],
        }
        homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
        self._process = subprocess.Popen(arguments[name], env=os.environ | homes, stderr=subprocess.DEVNULL)
        wait_until(self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, "it did not start"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)
