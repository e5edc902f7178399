# SPDX-License-Identifier: Apache-2.0
import onnx, onnxruntime as ort
model = onnx.load("m.onnx")
session = ort.InferenceSession("m.onnx")
