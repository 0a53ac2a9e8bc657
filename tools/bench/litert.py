"""Times a model in LiteRT, a round for each line of input: `litert.py MODEL MILLISECONDS`.

A round invokes the interpreter over and over for so many milliseconds, on one thread, and prints the microseconds of one
invocation. The first line printed says that the model is there.
"""

import sys
import time

from ai_edge_litert.interpreter import Interpreter


def main() -> None:
    model, milliseconds = sys.argv[1], float(sys.argv[2])
    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.invoke()
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        count = 0
        elapsed = 0.0
        while elapsed * 1000 < milliseconds:
            for _ in range(10):
                interpreter.invoke()
            count += 10
            elapsed = time.perf_counter() - start
        print(elapsed / count * 1e6, flush=True)


main()
