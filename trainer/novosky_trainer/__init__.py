"""Fits the models of NOVOSKY on matrices that its TypeScript side wrote, and exports them as ONNX.

No feature and no label is computed here: both have one definition, on the other side.
"""
