#!/usr/bin/env python3
"""Writes tests/golden/models/*.onnx: tiny networks whose answers are known in closed form.

usage: make_golden_models.py [FOLDER]       needs the Python package onnx

means.onnx keeps the contract of a learned model: the mean over each segment of log-mel (padded from 160 to 256
dimensions), chroma (24 to 128) and the first 128 lags of the tempogram, each in unit length; the embedding is the
three, each times sqrt(1/3). style.onnx has an output more: the first 128 values of timbre. foreign.onnx has no contract, old_features.onnx one of another feature version,
short.onnx gives a segment too few.

Audio models: waveform.onnx says mean and mean square of 1600 samples; mel.onnx, of N x T x 8 log-mel, the mean frame.
"""
import pathlib
import sys
import zlib

import onnx
from onnx import TensorProto, helper, numpy_helper
import numpy as np

SEGMENT, HOP = 900, 200
CONTRACT = {
    "resonance.contract": "1", "resonance.name": "means", "resonance.id": "0123abcd", "resonance.precision": "fp32",
    "resonance.fusion": "gated_concat", "resonance.feature_version": "1", "resonance.embedding_dimensions": "512",
    "resonance.timbre_dimensions": "256", "resonance.harmony_dimensions": "128",
    "resonance.rhythm_dimensions": "128", "resonance.training": "none", "resonance.licence": "MIT",
    "resonance.checksum": "00000000"}


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def part(feature, name, bins, dimensions):
    """Nodes for the mean of each segment, dimensions padded or cut, in unit length."""
    kept = min(bins, dimensions)
    nodes = [
        helper.make_node("Transpose", [feature], [f"{name}_t"], perm=[0, 2, 1]),
        helper.make_node("AveragePool", [f"{name}_t"], [f"{name}_pooled"], kernel_shape=[SEGMENT], strides=[HOP]),
        helper.make_node("Transpose", [f"{name}_pooled"], [f"{name}_rows"], perm=[0, 2, 1]),
        helper.make_node("Slice", [f"{name}_rows", "zero", f"{name}_kept", "two"], [f"{name}_cut"]),
        helper.make_node("Pad", [f"{name}_cut", f"{name}_pads"], [f"{name}_padded"]),
        helper.make_node("LpNormalization", [f"{name}_padded"], [name], axis=2, p=2),
        helper.make_node("Mul", [name, "third"], [f"{name}_share"]),
    ]
    constants = [constant(f"{name}_kept", np.array([kept], np.int64)),
                 constant(f"{name}_pads", np.array([0, 0, 0, 0, 0, dimensions - kept], np.int64))]
    return nodes, constants


def means():
    nodes, constants = [], [constant("zero", np.array([0], np.int64)), constant("two", np.array([2], np.int64)),
                            constant("third", np.array(np.sqrt(1 / 3), np.float32)),
                            constant("no_pads", np.array([0, 0, 0, 0, 0, 0], np.int64)),
                            constant("three", np.array([3], np.int64)),
                            constant("gate", np.array(1 / 3, np.float32)),
                            constant("nothing", np.array(0, np.float32))]
    for feature, name, bins, dimensions in (("log_mel", "timbre", 160, 256), ("chroma", "harmony", 24, 128),
                                            ("tempogram", "rhythm", 320, 128)):
        more_nodes, more_constants = part(feature, name, bins, dimensions)
        nodes += more_nodes
        constants += more_constants
    nodes += [
        helper.make_node("Concat", ["timbre_share", "harmony_share", "rhythm_share"], ["embedding"], axis=2),
        helper.make_node("Slice", ["timbre", "zero", "three", "two"], ["three_columns"]),
        helper.make_node("Mul", ["three_columns", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "gate"], ["gates"]),
    ]
    real = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(n, real, ["batch", "frames", d])
              for n, d in (("log_mel", 160), ("chroma", 24), ("tempogram", 320))]
    outputs = [helper.make_tensor_value_info(n, real, ["batch", "segments", d])
               for n, d in (("embedding", 512), ("timbre", 256), ("harmony", 128), ("rhythm", 128), ("gates", 3))]
    graph = helper.make_graph(nodes, "means", inputs, outputs, [c for c in constants if c.name != "no_pads"])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def with_style():
    model = means()
    model.graph.initializer.append(constant("style_end", np.array([128], np.int64)))
    model.graph.node.append(helper.make_node("Slice", ["timbre", "zero", "style_end", "two"], ["style"]))
    model.graph.output.append(helper.make_tensor_value_info("style", TensorProto.FLOAT, ["batch", "segments", 128]))
    return model


def audio_model(nodes, name, shape, dimensions):
    real = TensorProto.FLOAT
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info(name, real, shape)],
                              [helper.make_tensor_value_info("embedding", real, [shape[0], dimensions])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def waveform():
    return audio_model([helper.make_node("ReduceMean", ["waveform"], ["mean"], axes=[1], keepdims=1),
                        helper.make_node("Mul", ["waveform", "waveform"], ["square"]),
                        helper.make_node("ReduceMean", ["square"], ["power"], axes=[1], keepdims=1),
                        helper.make_node("Concat", ["mean", "power"], ["embedding"], axis=1)],
                       "waveform", [1, 1600], 2)


def mel():
    return audio_model([helper.make_node("ReduceMean", ["mel"], ["embedding"], axes=[1], keepdims=0)],
                       "mel", ["batch", "frames", 8], 8)


def write(folder, name, model, contract):
    helper.set_model_props(model, contract)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    marker = b"resonance.checksum\x12\x08"
    if marker in data:
        at = data.rindex(marker) + len(marker)
        data = data[:at] + b"%08x" % zlib.crc32(data) + data[at + 8:]
    (folder / name).write_bytes(data)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "tests/golden/models")
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "means.onnx", means(), CONTRACT)
    write(folder, "style.onnx", with_style(), CONTRACT | {"resonance.style_dimensions": "128"})
    write(folder, "foreign.onnx", means(), {})
    write(folder, "old_features.onnx", means(), CONTRACT | {"resonance.feature_version": "99"})
    short = means()
    for node in short.graph.node:
        for attribute in node.attribute:
            if attribute.name == "strides":
                attribute.ints[0] = 300
    write(folder, "short.onnx", short, CONTRACT)
    write(folder, "waveform.onnx", waveform(), {})
    write(folder, "mel.onnx", mel(), {"audio_contract": '{"input": "mel", "frames": 10, "log": "10log10(max(x,1e-10))"}'})


if __name__ == "__main__":
    main()
