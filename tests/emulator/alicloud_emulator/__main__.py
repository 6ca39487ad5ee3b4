# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m alicloud_emulator: serve until SIGTERM or SIGINT, or until the standard input ends."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import shlex
import shutil
import signal
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trustme

from . import seed as seeding
from . import snapshot
from .faults import Faults, Plans
from .registry import Choices
from .server import Emulator, Listener, without_collection

_DEFAULT_SEED = {"accounts": [{"account_id": "1000000000000001"}]}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="alicloud-emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: a free one")
    parser.add_argument("--seed", metavar="FILE", help="accounts, rules and services (YAML; JSON where *.json)")
    parser.add_argument("--ready-file", metavar="FILE", help="written once it serves: endpoint, CA, access keys")
    parser.add_argument("--admin", action="store_true", help="serve the administrative endpoint")
    parser.add_argument("--strict", action="store_true", help="refuse parameters that an operation does not know")
    parser.add_argument(
        "--empty-descriptions", action="store_true", help="let descriptions of roles and policies be emptied"
    )
    parser.add_argument("--log-limit", type=int, default=100000, help="calls kept in the log (%(default)s)")
    parser.add_argument("--random-seed", type=int, default=0, help="of rules with probability or jitter (%(default)s)")
    parser.add_argument("--restore", metavar="FILE", help="begin with the world of a snapshot; --seed adds to it")
    parser.add_argument("--save", metavar="FILE", help="write a snapshot of the world when it stops")
    parser.add_argument("--until-eof", action="store_true", help="stop, too, when the standard input ends")
    parser.add_argument("--quiet", action="store_true", help="do not print the environment of clients")
    return parser.parse_args(argv)


def certificate(host: str, directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A server certificate, and the file of the CA to trust. The private keys stay in memory."""
    authority = trustme.CA()
    names = dict.fromkeys(("localhost", "127.0.0.1", "::1", host))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    bundle = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    bundle.chmod(0o600)
    return context, bundle


def _write_private(path: Path, content: Any) -> None:
    """Write JSON, at once and for the owner only: it holds access keys."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(content))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _build(options: argparse.Namespace) -> tuple[Emulator, list[dict[str, str]]]:
    """The emulator, and the accounts of the ready file."""
    world, plans, listed = seeding.new_world(), Plans(), []
    if options.restore:
        with _reading(options.restore), open(options.restore, encoding="utf-8") as file:
            world, running = snapshot.restore(json.load(file))
        plans, listed = Plans(running), snapshot.list_accounts(world)
    seed = seeding.Seed()
    if options.seed:
        with _reading(options.seed):
            seed = seeding.apply(world, seeding.load(options.seed) or {}, time.time())
    elif not options.restore:
        seed = seeding.apply(world, _DEFAULT_SEED, time.time())
    faults = Faults(seed.rules, options.random_seed)
    choices = Choices(strict=options.strict, empty_descriptions=options.empty_descriptions)
    return Emulator(world, faults, plans, options.log_limit, options.admin, choices=choices), listed + seed.accounts


class _UnusableFile(Exception):
    """A file that was named cannot be used."""


@contextlib.contextmanager
def _reading(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RecursionError, ValueError) as exc:  # a SeedError or a SnapshotError is a ValueError
        raise _UnusableFile(f"{path}: {exc.strerror if isinstance(exc, OSError) else exc}") from None


def _environment(endpoint: str, bundle: Path, accounts: list[dict[str, str]]) -> dict[str, str]:
    """What makes clients talk to the emulator, as the first account."""
    services = ("RAM", "STS", "RESOURCEMANAGER")
    values = {f"ALIBABA_CLOUD_{service}_ENDPOINT": endpoint for service in services}
    values["ALIBABA_CLOUD_CA_BUNDLE"] = str(bundle)
    for account in accounts[:1]:
        values["ALIBABA_CLOUD_ACCESS_KEY_ID"] = account["access_key_id"]
        values["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = account["access_key_secret"]
    return values


def _stop_at_eof(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop once the standard input ends, as a pipe does when whoever holds its other end is gone, however it went."""

    def read() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 65536):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, daemon=True).start()


async def _serve(options: argparse.Namespace, directory: Path) -> None:
    with without_collection():
        emulator, accounts = _build(options)
        # The seed's accounts stay, so no later collection needs to look at them.
        gc.freeze()
    tls, bundle = certificate(options.host, directory)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if options.until_eof:
        _stop_at_eof(asyncio.get_running_loop(), stop)
    listener = Listener(emulator, tls)
    port = await listener.start(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    endpoint = f"{host}:{port}"
    ready = Path(options.ready_file) if options.ready_file else None
    try:
        if not options.quiet:
            # All of it can be read by a shell, so what is not for the shell is a comment.
            print(f"# The emulator is on https://{endpoint}; accounts: {len(emulator.world.accounts)}")
            for name, value in _environment(endpoint, bundle, accounts).items():
                print(f"export {name}={shlex.quote(value)}")
            print(f"# Ctrl-C stops it, and so does: kill {os.getpid()}", flush=True)
        if ready:
            _write_private(ready, {"endpoint": endpoint, "ca_bundle": str(bundle), "accounts": accounts})
        await stop.wait()
    finally:
        if ready:
            ready.unlink(missing_ok=True)
        await listener.stop()
    if options.save:
        _write_private(Path(options.save), emulator.snapshot())


def main(argv: list[str] | None = None) -> int:
    options = _arguments(argv)
    if options.ready_file:
        # A file of an earlier run would tell a reader that this one serves.
        Path(options.ready_file).unlink(missing_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="alicloud_emulator."))
    try:
        for path in (options.ready_file, options.save):
            if path and not Path(path).absolute().parent.is_dir():
                raise _UnusableFile(f"{path}: there is no such folder")
        asyncio.run(_serve(options, directory))
    except _UnusableFile as exc:
        sys.stderr.write(f"alicloud_emulator: {exc}\n")
        return 2
    except OSError as exc:
        sys.stderr.write(f"alicloud_emulator: {exc}\n")
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
