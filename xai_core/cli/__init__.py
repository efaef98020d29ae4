"""What the commands do; `xai_core.__main__` says what they are called."""
