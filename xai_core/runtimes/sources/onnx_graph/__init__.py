"""Reading and adapting of ONNX graphs that any exporter wrote."""
