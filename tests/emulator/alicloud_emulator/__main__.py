# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m alicloud_emulator: serve until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import trustme

from . import seed as seeding
from .server import Emulator, Listener

_DEFAULT_SEED = {"accounts": [{"account_id": "1000000000000001"}]}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="alicloud_emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: a free one")
    parser.add_argument("--seed", metavar="FILE", help="accounts, rules and services (YAML; JSON where *.json)")
    parser.add_argument("--ready-file", metavar="FILE", help="written once it serves: endpoint, CA, access keys")
    parser.add_argument("--admin", action="store_true", help="serve the administrative endpoint")
    parser.add_argument("--log-limit", type=int, default=100000, help="calls kept in the log (%(default)s)")
    return parser.parse_args(argv)


def _certificate(host: str, directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A server certificate, and the file of the CA to trust. The private keys stay in memory."""
    authority = trustme.CA()
    names = dict.fromkeys(("localhost", "127.0.0.1", "::1", host))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    bundle = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    bundle.chmod(0o600)
    return context, bundle


def _write_ready(path: Path, content: dict[str, Any]) -> None:
    """At once and for the owner only: it holds access keys."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


async def _serve(options: argparse.Namespace, directory: Path) -> None:
    world = seeding.new_world()
    values = seeding.load(options.seed) if options.seed else _DEFAULT_SEED
    seed = seeding.apply(world, values or {}, time.time())
    tls, bundle = _certificate(options.host, directory)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = Listener(Emulator(world, seed.rules, options.log_limit, options.admin), tls)
    port = await listener.start(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    ready = Path(options.ready_file) if options.ready_file else None
    try:
        if ready:
            _write_ready(ready, {"endpoint": f"{host}:{port}", "ca_bundle": str(bundle), "accounts": seed.accounts})
        sys.stdout.write(
            f"alicloud_emulator listens on https://{host}:{port} ({len(world.accounts)} accounts, CA {bundle})\n"
        )
        sys.stdout.flush()
        await stop.wait()
    finally:
        if ready:
            ready.unlink(missing_ok=True)
        await listener.stop()


def main(argv: list[str] | None = None) -> int:
    options = _arguments(argv)
    if options.ready_file:
        # A file of an earlier run would tell a reader that this one serves.
        Path(options.ready_file).unlink(missing_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="alicloud_emulator."))
    try:
        asyncio.run(_serve(options, directory))
    except seeding.SeedError as exc:
        sys.stderr.write(f"alicloud_emulator: {options.seed}: {exc}\n")
        return 2
    except OSError as exc:
        sys.stderr.write(f"alicloud_emulator: {exc}\n")
        return 2 if exc.filename and exc.filename == options.seed else 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
