# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser, without a window: chromium, or the Chrome of GitHub's runners, driven by its chromedriver."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

from selenium import webdriver

PROGRAMS = {
    "chromium": shutil.which("chromium") or shutil.which("google-chrome"),
    "chromedriver": shutil.which("chromedriver"),
}
MISSING = [name for name, path in PROGRAMS.items() if path is None]


class Browser:
    """One window of a browser."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, path: pathlib.Path, width: int = 1280, height: int = 900) -> None:
        """Open a file; what was requested before is forgotten."""
        self.driver.set_window_size(width, height)
        self.emulate()
        self.requests()
        self.complaints()
        self.driver.get(path.as_uri())

    def emulate(self, media: str = "", scheme: str = "light", width: int = 0) -> None:
        """Show the page as on paper (``print``), in the ``dark``, or on a screen of this width in pixels."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        if width:
            size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        else:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def requests(self) -> list[str]:
        """The addresses that were requested since the last time this was asked, without what the page's policy held back."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        refused = {one["params"]["requestId"] for one in messages if one["params"].get("blockedReason") == "csp"}
        return [
            one["params"]["request"]["url"]
            for one in messages
            if one["method"] == "Network.requestWillBeSent" and one["params"]["requestId"] not in refused
        ]

    def complaints(self) -> list[str]:
        """What the browser says of the page on its console since the last time this was asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def roles(self) -> list[tuple[str, str]]:
        """The accessibility tree: the role and name of each node that has both."""
        self.driver.execute_cdp_cmd("Accessibility.enable", {})
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        found = [(node.get("role", {}).get("value"), node.get("name", {}).get("value")) for node in nodes]
        return [(role, name) for role, name in found if role and name]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(PROGRAMS["chromium"])
    # In containers there is neither the sandbox's kernel support nor a large /dev/shm.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(PROGRAMS["chromedriver"])))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
