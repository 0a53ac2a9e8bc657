"""Runs .tflite models in LiteRT's reference kernels and in TFLite Micro, for test/export/tflite/engines.test.ts.

usage: tflite_engines.py FOLDER

FOLDER/models.json lists models: name, number of inputs, of outputs, and of inferences one after another. Their files are
NAME.tflite and NAME.in, the bytes of the inputs of each inference. Writes NAME.litert and NAME.tflm, the bytes of the
outputs, or NAME.litert.error and NAME.tflm.error with what an engine says against a model.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime


def litert(model, data, steps):
    engine = Interpreter(
        model_content=model,
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    engine.allocate_tensors()
    outputs = []
    for _ in range(steps):
        for port in engine.get_input_details():
            engine.set_tensor(port["index"], data.take(port))
        engine.invoke()
        for port in engine.get_output_details():
            outputs.append(engine.get_tensor(port["index"]).tobytes())
    return b"".join(outputs)


def tflm(model, data, steps, inputs, outputs):
    engine = runtime.Interpreter.from_bytes(model, arena_size=4 << 20)
    results = []
    for _ in range(steps):
        for index in range(inputs):
            engine.set_input(data.take(engine.get_input_details(index)), index)
        engine.invoke()
        for index in range(outputs):
            results.append(engine.get_output(index).tobytes())
    return b"".join(results)


class Data:
    """Inputs one behind another."""

    def __init__(self, data):
        self.data = data
        self.next = 0

    def take(self, port):
        shape, dtype = port["shape"], np.dtype(port["dtype"])
        count = int(np.prod(shape))
        values = np.frombuffer(self.data, dtype, count, self.next)
        self.next += values.nbytes
        return values.reshape(shape)


def main(folder):
    for model in json.loads((folder / "models.json").read_text()):
        name, steps = model["name"], model["steps"]
        content = (folder / f"{name}.tflite").read_bytes()
        data = (folder / f"{name}.in").read_bytes()
        for engine, run in {
            "litert": lambda: litert(content, Data(data), steps),
            "tflm": lambda: tflm(content, Data(data), steps, model["inputs"], model["outputs"]),
        }.items():
            try:
                (folder / f"{name}.{engine}").write_bytes(run())
            except Exception as error:  # whatever an engine throws is its answer
                (folder / f"{name}.{engine}.error").write_text(str(error))


if __name__ == "__main__":
    if sys.argv[1:] != ["--version"]:
        main(Path(sys.argv[1]))
