"""Page About with data, model, method and its limits."""

import streamlit as st

from pages.ui.about import data, import_check, method, model, tools
from pages.ui.frame import shell
from xai_core.language import tr

study = shell.open_page()
st.markdown(tr(tools.CONTENTS))

with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        data.draw_data(study)
    with st.container():
        model.draw_model(study)
        import_check.draw_import_check(study)
method.draw_method()
with st.grid(2, min_column_width=380, gap="large"):
    with st.container():
        tools.draw_keyboard()
    with st.container():
        tools.draw_versions(study)
