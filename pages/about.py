"""About: what am I looking at - data, model, method and its limits."""

import streamlit as st

from pages.ui.about import data, method, model, tools
from pages.ui.frame import shell

study = shell.open_page()
st.markdown("What these pages rest on, how an overlay comes about, and what it cannot tell.")
st.markdown(tools.CONTENTS)

with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        data.show(study)
    with st.container():
        model.show(study)
method.show()
with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        tools.keyboard()
    with st.container():
        tools.versions(study)
