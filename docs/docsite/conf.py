# Copyright: (c) 2026, the alicloud.ram contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the docs site; "make docs" builds it. Nothing is fetched while it is built."""

from __future__ import annotations

project = "alicloud.ram"
author = "the alicloud.ram contributors"
copyright = "2026, the alicloud.ram contributors"
title = "alicloud.ram: Alibaba Cloud RAM with Ansible"
html_title = title
html_short_title = project

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 3
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
highlight_language = "YAML+Jinja"
exclude_patterns = ["shared"]
# Code blocks have placeholders and prompts that are no YAML or JSON, and diagrams.
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = False

html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_copy_source = False
html_use_smartypants = True
html_theme_options = {"display_version": False, "vcs_pageview_mode": "edit"}

# References to Ansible's own documentation. Its list of them would have to be fetched.
_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def _to_ansible(app, env, node, contnode):
    """Return a link to Ansible's documentation for a reference that only Ansible's documentation has."""
    from docutils import nodes

    target = node.get("reftarget", "")
    page = _LABELS.get(target)
    if target.startswith("ansible_collections.ansible.builtin."):
        page = f"collections/ansible/builtin/{target.split('.')[3].split('__')[0]}.html"
    elif node.get("reftype") == "envvar" and target.startswith("ANSIBLE_"):
        page = f"reference_appendices/config.html#envvar-{target}"
    if page is None:
        return None
    text = node.astext() or target
    return nodes.reference("", "", nodes.literal(text, text), internal=False, refuri=_ANSIBLE + page)


def setup(app):
    app.connect("missing-reference", _to_ansible)
