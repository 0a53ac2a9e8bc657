import binaryen from 'binaryen';
import { kernelFiles } from '../../src/compile/link.ts';
import { readKernelFile } from '../../src/kernels.ts';
import type { KernelCall } from '../../src/ops/op.ts';

/**
 * A module with one function, `layer`: a call's kernel specialized to its shape. Numbers become constants, addresses stay
 * parameters, in the order of the call's arguments, so that layers of one shape share the code. Weight accessors stay
 * imports and nothing is optimized: the C compiler binds the ones and does the other.
 */
export function linkLayer(call: KernelCall): Uint8Array {
  const module = binaryen.readBinary(readKernelFile(kernelFiles.scalar));
  try {
    const kernel = binaryen.getFunctionInfo(
      module.getFunction(binaryen.getExportInfo(module.getExport(call.kernel)).value),
    );
    for (let index = module.getNumExports() - 1; index >= 0; index--) {
      const { kind, name } = binaryen.getExportInfo(module.getExportByIndex(index));
      if (kind === binaryen.ExternalFunction) module.removeExport(name);
    }
    // All parameters stay, so that the body's numbers of its locals hold; those that are known are overwritten.
    const constants = call.arguments.flatMap((argument, index) =>
      typeof argument === 'number' ? [module.local.set(index, module.i32.const(argument))] : [],
    );
    const body = module.block(null, [...constants, module.copyExpression(kernel.body)]);
    module.addFunction('layer', kernel.params, binaryen.none, [...kernel.vars], body);
    module.addFunctionExport('layer', 'layer');
    // Constants like i32.MIN_VALUE are globals until they are propagated.
    module.runPasses(['simplify-globals', 'remove-unused-module-elements']);
    if (!module.validate()) throw new Error(`the module of '${call.kernel}' is not valid`);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
