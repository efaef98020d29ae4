"""Additions to Streamlit's menu for a keyboard and a screen reader.

With groups of pages, Streamlit draws a list whose groups are no lists, so that a screen reader announces neither groups
nor the number of pages. It also draws no frame around the link that has the focus.
"""

import streamlit as st

_COMPLETE = """
let watched;

function complete() {
  const menu = document.querySelector('[data-testid="stSidebarNavItems"]');
  if (!menu) return;
  menu.setAttribute("role", "presentation");
  for (const group of menu.children) {
    const heading = group.querySelector('[data-testid="stNavSectionHeader"] p');
    if (!heading) continue;
    group.setAttribute("role", "list");
    group.setAttribute("aria-label", heading.textContent);
  }
  if (menu.dataset.framed) return;  // the menu outlives a run of the page
  menu.dataset.framed = "true";
  const linkOf = (event) => event.target.closest("a");
  menu.addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link && link.matches(":focus-visible")) link.style.outline = "2px solid currentColor";
  });
  menu.addEventListener("focusout", (event) => linkOf(event)?.style.removeProperty("outline"));
}

export default function () {
  complete();
  // The menu can be drawn after this, and with its whole bar once more, as when the theme changes.
  watched ??= new MutationObserver(complete);
  watched.observe(document.body, { childList: true, subtree: true });
}
"""


def complete() -> None:
    """Tell screen readers the groups of the menu, and frame the link that has the focus. It takes no room."""
    with st.sidebar:
        st.components.v2.component("menu", js=_COMPLETE)(key="menu")
