"""Apache with one module, in a directory of its own: a virtual host for each configuration."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .servers import free_port, missing, running, wait_for

PROGRAM = shutil.which("apache2") or "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")

#: What Debian's Apache has by default, as far as it is needed here.
_BASE = ("mpm_event", "authn_core", "authz_core", "headers")

_SERVER = """\
ServerRoot {folder}
ServerName localhost
PidFile {folder}/pid
Mutex file:{folder}
ErrorLog {folder}/error.log
LogLevel warn
DocumentRoot {folder}/files
# Root's Apache works as another user, as in Debian.
<IfModule unixd_module>
    User www-data
    Group www-data
</IfModule>
"""

_HOST = """\
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    Header always set X-User "expr=%{{REMOTE_USER}}"
{configuration}
</VirtualHost>
"""


@contextmanager
def apache(
    folder: Path, module: str, configurations: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    """Serve the file ``orders`` behind each configuration.

    :param folder: a :func:`public_folder`.
    :return: the URL of each virtual host.
    """
    if not (Path(PROGRAM).exists() and (MODULES / f"mod_{module}.so").exists()):
        missing(f"Apache with mod_{module}")
    (folder / "files").mkdir()
    (folder / "files/orders").write_text("the orders")
    ports = {name: free_port() for name in configurations}
    hosts = [
        _HOST.format(port=ports[name], configuration=configuration)
        for name, configuration in configurations.items()
    ]
    text = "\n".join([_load((*_BASE, module)), _SERVER.format(folder=folder), *hosts])
    (folder / "apache.conf").write_text(text, "utf-8")
    command = [PROGRAM, "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]
    with running(command, {}, folder) as process:
        for port in ports.values():
            wait_for(port, process)
        yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}


def _load(modules: Sequence[str]) -> str:
    return "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules)
