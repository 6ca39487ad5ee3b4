# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pool of verified TLS connections under the SDK's asynchronous clients.

The SDK does its asynchronous I/O in one static method, ``DaraCore.async_do_action``, which opens a connection and
parses the CA bundle at every call, ignores ``no_proxy`` and follows redirects. While a Transport is entered, that
method is served by it; for everybody else in the process the SDK's own method goes on to serve.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import ssl
from typing import Any
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ansible_collections.alicloud.ram.plugins.module_utils._errors import DeclarationError, UnreachableError, scrub
from ansible_collections.alicloud.ram.plugins.module_utils._options import Settings

MAX_CONNECTIONS = 100
MAX_ANSWER_BYTES = 16 * 1024 * 1024

_current: contextvars.ContextVar[Transport | None] = contextvars.ContextVar("alicloud_ram_transport", default=None)


class Transport:
    """An asynchronous context manager; SDK calls made within it, in the same task or its children, go through it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = None
        self._token: Any = None
        self.answered: set[str] = set()
        """Hosts that have answered, so whose settings are known to be right."""

    async def __aenter__(self) -> Transport:
        import aiohttp

        _install()
        settings = self._settings
        self._ssl = tls_context(settings)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._ssl, limit=MAX_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=settings.connect_timeout + 6 * settings.read_timeout,
                sock_connect=settings.connect_timeout,
                sock_read=settings.read_timeout,
            ),
            auto_decompress=True,
            trust_env=False,
        )
        self._token = _current.set(self)
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        _current.reset(self._token)
        await self._session.close()

    async def send(self, request: Any) -> Any:
        """Answer a signed request of the SDK. Raises UnreachableError."""
        import aiohttp
        from darabonba.core import DaraCore
        from darabonba.response import DaraResponse
        from yarl import URL

        url = URL(DaraCore.compose_url(request), encoded=True)
        host = request.headers["host"]
        try:
            async with self._session.request(
                request.method,
                url,
                data=request.body or b"",
                headers=request.headers,
                proxy=self._proxy_for(url.host or ""),
                allow_redirects=False,
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
                f"The certificate of {host} is not trusted ({reason}). Where the endpoint or a proxy has a "
                "certificate of a private authority, name its file in ca_bundle.",
                sent=False,
                repeat=False,
            ) from None
        except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError) as error:
            refusal = f"HTTP {error.status}" if isinstance(error, aiohttp.ClientHttpProxyError) else _reason(error)
            raise UnreachableError(f"The proxy for {host} does not serve: {refusal}.", sent=False) from None
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(f"{host} cannot be reached: {_reason(error)}.", sent=False) from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            # The class of its own that a timeout of the connection has came with aiohttp 3.10.
            connected = not str(error).startswith("Connection timeout")
            raise UnreachableError(f"{host} did not answer: {_reason(error)}.", sent=connected) from None
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

    def _proxy_for(self, host: str) -> str | None:
        settings = self._settings
        if settings.no_proxy and proxy_bypass_environment(host, {"no": settings.no_proxy}):
            return None
        return settings.proxy


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or newer, verified against ``ca_bundle`` or else the system's and the SDK's roots.

    Raises DeclarationError where the bundle cannot be read.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise DeclarationError(
            f"ca_bundle: {settings.ca_bundle} cannot be read as PEM certificates: {error.strerror or error}."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.ca_bundle is None:
        import certifi

        context.load_verify_locations(certifi.where())
    if not settings.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _install() -> None:
    """Put our wrapper around the SDK's method, once in a process."""
    from darabonba.core import DaraCore

    original = DaraCore.async_do_action
    if getattr(original, "alicloud_ram", False):
        return
    if list(inspect.signature(original).parameters) != ["request", "runtime_option"]:
        raise UnreachableError(
            "This version of the package darabonba-core is not known to alicloud.ram; "
            "install one that its requirements.txt admits.",
            sent=False,
            repeat=False,
        )

    async def async_do_action(request: Any, runtime_option: Any = None) -> Any:
        transport = _current.get()
        if transport is None:
            return await original(request, runtime_option)
        return await transport.send(request)

    async_do_action.alicloud_ram = True  # type: ignore[attr-defined]
    DaraCore.async_do_action = staticmethod(async_do_action)
    quiet_sdk_logging()


def quiet_sdk_logging() -> None:
    """The SDK's packages attach handlers to standard error when imported, and what they log may hold secrets."""
    for name in ("credentials", "darabonba-core", "alibabacloud-tea"):
        logging.getLogger(name).disabled = True


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return scrub(str(text)).rstrip(".")
