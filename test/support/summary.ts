import type { Graph } from '../../src/graph/types.ts';

/** The nodes of a graph as lines: `output = op(inputs)`, with the activation where there is one. */
export function summary({ nodes }: Graph): string[] {
  return nodes.map(({ op, inputs, outputs, attributes }) => {
    const { activation = 'none' } = attributes as { readonly activation?: string };
    const behind = activation === 'none' ? '' : ` ${activation}`;
    return `${outputs.join(', ')} = ${op}(${inputs.join(', ')})${behind}`;
  });
}
