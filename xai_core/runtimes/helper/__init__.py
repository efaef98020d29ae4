"""Helper process for work that needs torch, so that a server in which ONNX Runtime runs the model never imports it."""
