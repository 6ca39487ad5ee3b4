# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of hosts: what is templated once for several hosts is what each of them would have got alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.alicloud.ram.plugins.plugin_utils._action import as_json
from ansible_collections.alicloud.ram.plugins.plugin_utils._hosts import OMITTED, Templates
from ansible_collections.alicloud.ram.tests.lib.amounts import amount

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # until ansible-core 2.18

    def trusted(text: str) -> str:
        return text


LOADER = DataLoader()
OMIT = "__omit_place_holder__x"
NAMES = ("a", "b", "c", "d")
# A text, templates of X and Y, and templates whose result depends on more than the variables that they name.
PLAIN = [
    "plain",
    "${x}",
    "",
    "{{ a",
    "{{ nobody | default('none') }}",
    "{{ nobody }}",
    "{{ now() is defined }}",
    "{{ hostvars['h'] }}",
]
OF_OTHERS = [
    "{{ X }}", "x-{{ Y }}", "{{ X }}{{ Y | upper }}", "{{ X if Y is defined else 1 }}", "{{ Y | default(X) }}", "{{ [X, Y] }}",
    "{{ {'k': X} }}", "{% for x in [X, Y] %}{{ x }}{% endfor %}", "{{ vars['X'] }}", "{{ Y | default(omit) }}",
]  # fmt: skip


def a_template(text: str) -> str:
    return trusted(text)


def values(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Values with templates that name these variables. A variable that named itself would be evaluated for ever."""
    texts = st.sampled_from(PLAIN)
    if names:
        one = st.sampled_from(names)
        texts |= st.builds(
            lambda text, x, y: text.replace("X", x).replace("Y", y), st.sampled_from(OF_OTHERS), one, one
        )
    return st.recursive(
        texts.map(a_template) | st.integers(0, 3) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "n"]), inner, max_size=3),
        max_leaves=4,
    )


@st.composite
def hosts(draw: Any) -> list[dict[str, Any]]:
    """Variables of hosts that have some of them in common, as the same objects."""
    pool = {name: draw(st.lists(values(NAMES[:number]), min_size=1, max_size=2)) for number, name in enumerate(NAMES)}
    found = []
    for number in range(draw(st.integers(1, 4))):
        own = {name: draw(st.sampled_from(pool[name])) for name in NAMES if name != "d" or draw(st.booleans())}
        found.append({**own, "omit": OMIT, "hostvars": {"h": number}, "vars": own})
    return found


def outcome(evaluate: Any, raw: Any, variables: dict[str, Any]) -> Any:
    try:
        return evaluate(raw, variables)
    except (AnsibleError, RecursionError, TypeError, ValueError) as error:
        return type(error)


@settings(deadline=None, max_examples=amount(60, 2000))
@given(st.lists(values(NAMES), min_size=1, max_size=3), hosts())
def test_what_is_shared_is_what_each_host_would_get_alone(raws: list[Any], several: list[dict[str, Any]]) -> None:
    templar = Templar(loader=LOADER, variables={})
    shared = Templates(templar, as_json)
    for variables in several:
        for raw in raws:
            alone = outcome(Templates(templar, as_json).value, raw, variables)
            assert outcome(shared.value, raw, variables) == alone


@pytest.mark.parametrize(
    "text, shares",
    [
        ("plain", True),
        ("{{ same }}", True),
        ("{{ nested }}", True),
        ("{{ other }}", False),
        ("{{ through }}", False),
        ("{{ now() | string }}", False),
        ("{{ hostvars['x'] | default(1) }}", False),
    ],
)
def test_what_is_evaluated_once(text: str, shares: bool) -> None:
    templates = Templates(Templar(loader=LOADER, variables={}), lambda value: [value])
    common = {
        name: a_template(value) for name, value in (("same", "1"), ("nested", "{{ same }}"), ("through", "{{ other }}"))
    }
    raw = a_template(text)
    first, second = ({**common, "other": f"{number}", "hostvars": {}} for number in (1, 2))
    found = templates.value(raw, first)
    assert (templates.value(raw, second) is found) is shares


def test_an_omitted_value() -> None:
    templates = Templates(Templar(loader=LOADER, variables={}), as_json)
    assert templates.value(a_template("{{ omit }}"), {"omit": OMIT}) is OMITTED
    nested = {
        "kept": 1,
        "left": a_template("{{ omit }}"),
        "deep": [{"left": a_template("{{ nobody | default(omit) }}")}],
    }
    assert templates.value(nested, {"omit": OMIT}) == {"kept": 1, "deep": [{}]}
