# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pool of verified TLS connections for the SDK's asynchronous clients.

The SDK does its asynchronous I/O in one static method, ``DaraCore.async_do_action``, which opens a connection and
parses the CA bundle on every call, ignores ``no_proxy`` and follows redirects. While a Transport is in use, it handles
the calls to that method; all other callers in the process still get the SDK's own method.

If the method of the installed SDK has a different signature, the SDK does its own I/O: slower, with redirects, and with
only those settings that it supports.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import contextvars
import functools
import inspect
import logging
import os
import ssl
import stat
from collections.abc import Iterator
from typing import Any
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ansible_collections.alicloud.ram.plugins.module_utils._cloud.settings import Settings
from ansible_collections.alicloud.ram.plugins.module_utils._errors import (
    DeclarationError,
    UnreachableError,
    quote,
    redact_patterns,
)
from ansible_collections.alicloud.ram.plugins.module_utils._names import option_name

MAX_CONNECTIONS = 100
# A connection that was idle for longer is not reused: if the server closes it during a write, the outcome is unknown.
# Servers and load balancers usually wait for 5 s or more; a new connection costs milliseconds.
MAX_IDLE_SECONDS = 4.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024

_current: contextvars.ContextVar[Transport | None] = contextvars.ContextVar("alicloud_ram_transport", default=None)
_connected: contextvars.ContextVar[bool] = contextvars.ContextVar("alicloud_ram_connected", default=True)
"""False if the last request of this asyncio task got no connection, so that nothing of it was sent."""


class Transport:
    """A shared HTTP session that handles the SDK calls of the current asyncio task and its children.

    As an asynchronous context manager, it is opened, put in use and closed. With ``open``, ``in_use`` and ``close``,
    several runs in one event loop can share its connections.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = None
        self._slots: Any = None
        self._by_proxy: dict[str, Any] = {}
        self._stack = contextlib.ExitStack()
        self.asked: dict[Any, asyncio.Event] = {}
        """The keys of calls that are made once for all accounts; the event is set when the first call has finished."""
        self.answered: set[str] = set()
        """Hosts that have responded, so that their settings are known to be correct."""
        self.warnings: list[str] = []

    async def __aenter__(self) -> Transport:
        await self.open()
        self._stack.enter_context(self.in_use())
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self._stack.close()
        await self.close()

    async def open(self) -> None:
        """Create the session. Raises DeclarationError for settings that cannot be applied."""
        import aiohttp
        from yarl import URL

        settings = self._settings
        context = tls_context(settings)
        if not _install():
            self._warn_of_sdk()
            return
        if settings.proxy:
            # The password is not in the URL, so that no error can show it.
            url = URL(settings.proxy)
            self._by_proxy = {"proxy": url.with_user(None)}
            if url.user:
                user = base64.b64encode(f"{url.user}:{url.password or ''}".encode()).decode()
                self._by_proxy["proxy_headers"] = {"Proxy-Authorization": f"Basic {user}"}
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._session = aiohttp.ClientSession(
            # Requests wait for a connection at _slots, where no timeout runs.
            connector=_connector(ssl=context, limit=0, keepalive_timeout=MAX_IDLE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=settings.connect_timeout + 6 * settings.read_timeout,
                connect=settings.connect_timeout,
                sock_read=settings.read_timeout,
            ),
            trust_env=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        token = _current.set(self if self._session is not None else None)
        try:
            yield
        finally:
            _current.reset(token)

    def sdk_config(self) -> dict[str, Any]:
        """Return the arguments of the SDK's Config, which apply if the SDK does its own I/O."""
        settings = self._settings
        return {
            "ca": settings.ca_bundle,
            "https_proxy": settings.proxy,
            "connect_timeout": _milliseconds(settings.connect_timeout),
            "read_timeout": _milliseconds(settings.read_timeout),
            "tls_min_version": "TLSv1.2",
        }

    def sdk_runtime(self) -> Any:
        """Return the SDK's RuntimeOptions for a call."""
        from darabonba.runtime import RuntimeOptions

        return RuntimeOptions(ignore_ssl=not self._settings.validate_certs)

    def _warn_of_sdk(self) -> None:
        settings = self._settings
        why = "The installed version of the package darabonba-core is not known to alicloud.ram, so the SDK "
        what = " Install a version that requirements.txt admits."
        if settings.proxy and settings.no_proxy:
            raise DeclarationError(f"no_proxy: {why}does its own I/O, and it cannot leave hosts out of a proxy.{what}")
        if not settings.proxy and (os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")):
            raise DeclarationError(f"proxy: {why}does its own I/O, and it takes the environment's HTTPS_PROXY.{what}")
        self.warnings.append(f"{why}opens a new connection for every call and follows redirects.{what}")

    async def send(self, request: Any) -> Any:
        """Send a signed request of the SDK and return its response. Raises UnreachableError."""
        import aiohttp
        from darabonba.core import DaraCore
        from darabonba.response import DaraResponse
        from yarl import URL

        url = URL(DaraCore.compose_url(request), encoded=True)
        host = request.headers["host"]
        _connected.set(True)
        try:
            async with self._slots:
                async with self._session.request(
                    request.method,
                    url,
                    data=request.body or None,
                    headers=request.headers,
                    allow_redirects=False,
                    **self._proxy_for(url),
                ) as answer:
                    body = bytearray()
                    async for chunk in answer.content.iter_any():
                        body += chunk
                        if len(body) > MAX_ANSWER_BYTES:
                            raise UnreachableError(
                                f"{host} gave an answer of more than {MAX_ANSWER_BYTES} bytes, which is not the API's.",
                                sent=True,
                                repeat=False,
                            )
        except aiohttp.ClientConnectorCertificateError as error:
            reason = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
            raise UnreachableError(
                f"The certificate of {host} is not trusted ({reason}). If the endpoint or a proxy has a "
                f"certificate of a private authority, name its file in {option_name('ca_bundle')}.",
                sent=False,
                repeat=False,
            ) from None
        except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError) as error:
            refusal = f"HTTP {error.status}" if isinstance(error, aiohttp.ClientHttpProxyError) else _reason(error)
            raise UnreachableError(f"The proxy for {host} does not serve: {refusal}.", sent=False) from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError) as error:
            what = "did not answer" if _connected.get() else "cannot be reached"
            raise UnreachableError(f"{host} {what}: {_reason(error)}.", sent=_connected.get()) from None
        if not body.lstrip().startswith(b"{") or 300 <= answer.status < 400:
            raise UnreachableError(
                f"{host} gave an answer that is not the API's (HTTP {answer.status}, "
                f"{answer.headers.get('content-type', 'no content type')}, {len(body)} bytes): "
                "is the endpoint right, or does a proxy answer in its place?",
                sent=True,
            )
        self.answered.add(host)
        response = DaraResponse()
        response.status_code = answer.status
        response.status_message = answer.reason
        response.headers = {name.lower(): value for name, value in answer.headers.items()}
        response.body = bytes(body)
        return response

    def _proxy_for(self, url: Any) -> dict[str, Any]:
        if not self._by_proxy:
            return {}
        names = {"no": self._settings.no_proxy or ""}
        if any(proxy_bypass_environment(host, names) for host in (url.host, f"{url.host}:{url.port}")):
            return {}
        return self._by_proxy


def _connector(**options: Any) -> Any:
    """Return an aiohttp connector that also records if it could not provide a connection."""
    import aiohttp

    class Connector(aiohttp.TCPConnector):
        async def connect(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return await super().connect(*args, **kwargs)
            except BaseException:
                _connected.set(False)
                raise

    return Connector(**options)


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Return a context for TLS 1.2 or newer that verifies against ``ca_bundle``, or else the system's and certifi's roots.

    It is created once per process, or before the process forked, as long as the bundle file does not change. Raises
    DeclarationError if the bundle cannot be read.
    """
    bundle = settings.ca_bundle
    try:
        found = os.stat(bundle) if bundle else None
        if found and not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is not a file")  # reading a device may never end
        return _tls_context(bundle, found.st_mtime_ns if found else 0, settings.validate_certs)
    except (OSError, ValueError) as error:  # an SSLError is an OSError; an invalid file name raises ValueError
        reason = getattr(error, "strerror", None) or error
        raise DeclarationError(
            f"{option_name('ca_bundle')}: {quote(bundle, 300)} cannot be read as PEM certificates: {reason}."
        ) from None


@functools.lru_cache(maxsize=8)
def _tls_context(bundle: str | None, stamp: int, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if bundle is None:
        import certifi

        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _install() -> bool:
    """Wrap the SDK's method, once per process. Return whether the installed SDK allows that."""
    from darabonba.core import DaraCore

    quiet_sdk_logging()
    original = getattr(DaraCore, "async_do_action", None)
    if getattr(original, "alicloud_ram", None) is _current:
        return True
    if (
        original is None
        or not inspect.iscoroutinefunction(original)
        or list(inspect.signature(original).parameters) != ["request", "runtime_option"]
    ):
        return False

    @functools.wraps(original)
    async def async_do_action(request: Any, runtime_option: Any = None) -> Any:
        transport = _current.get()
        if transport is None:
            return await original(request, runtime_option)
        return await transport.send(request)

    async_do_action.alicloud_ram = _current  # type: ignore[attr-defined]
    DaraCore.async_do_action = staticmethod(async_do_action)
    return True


def quiet_sdk_logging() -> None:
    """Disable the SDK's loggers: its packages log to standard error when imported, and the logs may contain secrets."""
    for name in ("credentials", "darabonba-core", "alibabacloud-tea"):
        logging.getLogger(name).disabled = True


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # to the SDK, 0 means its default


def _reason(error: BaseException) -> str:
    """Return the reason of an error without the request's URL, which some messages of aiohttp contain."""
    if isinstance(error, asyncio.TimeoutError):
        return "it took too long"
    if type(error).__name__ in ("ClientPayloadError", "ContentEncodingError"):
        return "the answer is not whole, or not compressed as it says"
    text = getattr(error, "strerror", None) or getattr(error, "message", None) or str(error) or type(error).__name__
    return redact_patterns(str(text)).rstrip(".")
