# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML report in a real browser: what it shows, its filter, and that nothing in it can run or be loaded."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from ansible_collections.alicloud.ram.plugins.module_utils._report.html import as_html
from ansible_collections.alicloud.ram.tests.lib.browser import MISSING, Browser, browser
from ansible_collections.alicloud.ram.tests.lib.documents import allow
from ansible_collections.alicloud.ram.tests.lib.sample_reports import (
    HOSTILE,
    account,
    as_declared,
    audit,
    drifted,
    failed,
)

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        bool(MISSING), reason=f"the page was not tried in a browser: there is no {' and no '.join(MISSING)}"
    ),
]


@pytest.fixture(scope="module", name="window")
def _window() -> Iterator[Browser]:
    with browser() as window:
        yield window


def results() -> list[dict[str, Any]]:
    """Ten accounts with the same drift, one with another, three that failed, one that was not started, 20 as declared."""
    grant = {"reason": "undeclared_holder", "principal_type": "user", "principal_name": "mallory",
             "policy_name": "publish", "policy_type": "Custom"}  # fmt: skip
    dangerous = drifted(20, "admin", allow("ram:*"))
    dangerous["resources"][0]["warnings"] = ["The observed policy_document gives away the account."]
    return [
        *(drifted(number) for number in range(10)),
        {**dangerous, "unexpected_grants": [grant]},
        *(failed(number, "AssumeRole failed.") for number in (30, 31)),
        failed(32, "The endpoint does not answer.", unreachable=True),
        account(33, "not_started", msg="Not started."),
        *(as_declared(number) for number in range(40, 60)),
    ]


@pytest.fixture(name="page")
def _page(window: Browser, tmp_path: pathlib.Path) -> Browser:
    path = tmp_path / "audit.html"
    path.write_text(as_html(audit(results())), encoding="utf-8")
    window.open(path)
    return window


def shown(page: Browser) -> list[str]:
    """The summaries of the groups that can be seen."""
    groups = page.driver.find_elements(By.CSS_SELECTOR, "details.group")
    return [group.find_element(By.TAG_NAME, "summary").text.split("\n")[0] for group in groups if group.is_displayed()]


def found(page: Browser) -> str:
    return page.driver.find_element(By.ID, "found").text


def test_the_first_screen(page: Browser) -> None:
    assert page.driver.title == "Audit of 35 accounts: alicloud.ram"
    totals = [one.text.split() for one in page.driver.find_elements(By.CSS_SELECTOR, ".totals li")]
    assert [one[0] for one in totals] == ["11", "2", "1", "1", "20"]
    groups = shown(page)
    # Equal drift is one group; what is dangerous comes first.
    assert len(groups) == 5 and "danger" in groups[0] and "10 accounts" in groups[1]
    assert found(page) == "15 accounts shown that need attention"
    first = page.driver.find_elements(By.CSS_SELECTOR, "details.group")[0]
    assert first.rect["y"] + first.rect["height"] < 900
    assert page.requests() == [page.driver.current_url]


def test_a_finding_unfolds_to_declared_beside_observed(page: Browser) -> None:
    group = page.driver.find_elements(By.CSS_SELECTOR, "details.group")[1]
    table = group.find_element(By.TAG_NAME, "table")
    assert not table.is_displayed()
    group.find_element(By.TAG_NAME, "summary").click()
    assert table.is_displayed()
    rows = {row.find_element(By.TAG_NAME, "th").text: row for row in table.find_elements(By.CSS_SELECTOR, "tbody tr")}
    assert "description" in rows and "policy_document: statement 1 differs" in rows
    cells = rows["policy_document: statement 1 differs"].find_elements(By.TAG_NAME, "td")
    marked = [[code.text for code in cell.find_elements(By.CSS_SELECTOR, "code.differs")] for cell in cells]
    assert any("oss:PutObject" in text for text in marked[0]) and any("oss:*" in text for text in marked[1])
    assert cells[0].rect["x"] < cells[1].rect["x"] and cells[0].rect["y"] == cells[1].rect["y"]
    assert "host9" in group.text and "policy 'publish'" in group.text


def test_the_filter(page: Browser) -> None:
    account_field = page.driver.find_element(By.ID, "account")
    account_field.send_keys("HOST7")
    (only,) = shown(page)
    assert "10 accounts" in only and found(page) == "1 account shown that needs attention"
    names = page.driver.find_elements(By.CSS_SELECTOR, "details.group li[data-account]")
    assert [name.get_dom_attribute("data-account") for name in names if name.get_dom_attribute("hidden") is None] == [
        "host7 (1000000000000007)"
    ]
    account_field.clear()
    account_field.send_keys("1000000000000031")
    assert len(shown(page)) == 1 and "error" in shown(page)[0]
    page.driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    assert len(shown(page)) == 5 and found(page).startswith("15 ")
    Select(page.driver.find_element(By.ID, "status")).select_by_value("unreachable")
    assert len(shown(page)) == 1 and found(page).startswith("1 ")
    page.driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    Select(page.driver.find_element(By.ID, "kind")).select_by_visible_text("user")
    assert len(shown(page)) == 2 and found(page).startswith("11 ")
    account_field.send_keys("nobody")
    assert shown(page) == [] and found(page) == "0 accounts shown that need attention"


def test_everything_can_be_done_with_the_keyboard(page: Browser) -> None:
    reached = []
    for _press in range(12):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = page.driver.switch_to.active_element
        reached.append(focused.get_dom_attribute("id") or focused.tag_name)
        if focused.tag_name == "summary":
            break
    assert reached == ["account", "kind", "status", "button", "summary"]
    group = page.driver.find_elements(By.CSS_SELECTOR, "details.group")[0]
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert group.get_dom_attribute("open") is not None
    assert page.script("return getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_roles_and_names(page: Browser) -> None:
    roles = page.roles()
    for one in (
        ("heading", "Audit of 35 accounts"), ("heading", "Accounts that need attention"), ("searchbox", "Account"),
        ("combobox", "Kind"), ("combobox", "Status"), ("button", "Show all"), ("search", "Filter"),
        ("list", "Accounts by status"), ("region", "Warnings"), ("region", "Accounts as declared"),
    ):  # fmt: skip
        assert one in roles, one
    summaries = [name for role, name in roles if role == "DisclosureTriangle"]
    assert any("10 accounts" in name and "policy publish different" in name for name in summaries), summaries


def hostile_report() -> dict[str, Any]:
    hostile = {**drifted(1, HOSTILE), "name": HOSTILE, "warnings": [HOSTILE], "not_read": [HOSTILE]}
    hostile["resources"][0]["observed"] = {HOSTILE: HOSTILE, "policy_document": HOSTILE}
    hostile["resources"][0]["warnings"] = [HOSTILE]
    return audit([hostile, failed(2, HOSTILE)], callers=[HOSTILE], files=[HOSTILE], variable=HOSTILE)


def test_hostile_texts_are_shown_and_nothing_else(window: Browser, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "audit.html"
    path.write_text(as_html(hostile_report()), encoding="utf-8")
    window.open(path)
    assert window.driver.title == "Audit of 2 accounts: alicloud.ram"
    counts = window.script("return ['script', 'img', 'iframe', 'style'].map(n => document.querySelectorAll(n).length)")
    assert counts == [1, 0, 0, 1]
    window.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    text = window.driver.find_element(By.TAG_NAME, "body").text
    assert "\\x1b[2J\\x9b" in text and "<img src=x onerror=alert(1)>" in text and "\\u202e" in text
    assert window.requests() == [window.driver.current_url]


def test_what_was_not_escaped_could_not_run(window: Browser, tmp_path: pathlib.Path) -> None:
    """The page's policy admits its own script and style, and nothing from anywhere."""
    page = as_html(audit(results()))
    injected = (
        "<script>document.title = 'taken'</script><img src='https://example.invalid/x.png'>"
        "<h1 onclick=\"document.title = 'taken'\" style='font-size: 99px'>x</h1></main>"
    )
    path = tmp_path / "audit.html"
    path.write_text(page.replace("</main>", injected), encoding="utf-8")
    window.open(path)
    window.driver.find_elements(By.TAG_NAME, "h1")[-1].click()
    assert window.driver.title == "Audit of 35 accounts: alicloud.ram"
    assert window.script("return getComputedStyle(document.querySelectorAll('h1')[1]).fontSize") != "99px"
    assert window.requests() == [window.driver.current_url]


def test_a_narrow_window(page: Browser) -> None:
    page.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.emulate(width=340)
    assert page.script("return document.scrollingElement.scrollWidth") <= 340
    cells = page.driver.find_elements(By.CSS_SELECTOR, "details.group tr.different")[0].find_elements(By.TAG_NAME, "td")
    assert cells[0].rect["y"] < cells[1].rect["y"]


CONTRASTS = """
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = one => { for (; one; one = one.parentElement) {
    const color = parts(getComputedStyle(one).backgroundColor);
    if (color.length < 4 || color[3] > 0) return color; } return [255, 255, 255]; };
  return Array.from(document.querySelectorAll('body *')).filter(one => one.checkVisibility()
    && Array.from(one.childNodes).some(node => node.nodeType === 3 && node.data.trim())).map(one => {
      const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), one.outerHTML.slice(0, 80)]; });
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(scheme: str, page: Browser) -> None:
    page.emulate(scheme=scheme)
    page.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    contrasts = page.script(CONTRASTS)
    assert len(contrasts) > 50 and [one for one in contrasts if one[0] < 4.5] == []
    background = page.script("return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")


def test_on_paper_everything_is_unfolded(page: Browser) -> None:
    page.emulate("print")
    page.script("window.dispatchEvent(new Event('beforeprint'))")
    groups = page.driver.find_elements(By.CSS_SELECTOR, "details.group")
    assert all(group.get_dom_attribute("open") is not None for group in groups)
    assert not page.driver.find_element(By.ID, "filter").is_displayed()
    page.script("window.dispatchEvent(new Event('afterprint'))")
    assert all(group.get_dom_attribute("open") is None for group in groups)


def test_nothing_is_wrong_by_its_own_account(page: Browser) -> None:
    """No script error, and nothing that the page's own policy refuses."""
    assert page.complaints() == []
