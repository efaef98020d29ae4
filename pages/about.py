"""About: what am I looking at - data, model, method and its limits."""

import streamlit as st

from pages.ui import about_data, about_method, about_model, about_tools, shell

study = shell.open_page()
st.markdown("What these pages rest on, how an overlay comes about, and what it cannot tell.")
st.markdown(about_tools.CONTENTS)

with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        about_data.show(study)
    with st.container():
        about_model.show(study)
about_method.show()
with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        about_tools.keyboard()
    with st.container():
        about_tools.versions(study)
