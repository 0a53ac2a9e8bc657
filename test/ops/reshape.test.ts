import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import { int8, propertyRuns, values } from '../support/oracle.ts';
import { thrownMessage } from '../support/thrown.ts';

/** Any shape, and the same number of elements in another. */
const anyCase = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  .chain((from) =>
    fc.record({
      from: fc.constant(from),
      to: fc.constantFrom(from.toReversed(), [elementCount(from)], [1, ...from]),
      data: values(int8, elementCount(from)),
    }),
  );

describe('reshape', () => {
  it('keeps every byte where it is, so that no kernel has to run', () => {
    fc.assert(
      fc.property(anyCase, ({ from, to, data }) => {
        const context = nodeOf(reshape, { shape: to }, [int8Tensor('x', from)]);
        expect(context.outputs[0]?.shape).toEqual(to);
        expect(reshape.reference(reshape.prepare(context), [data])).toEqual(data);
        expect(reshape.lower(null, 'scalar', 'size')).toBeNull();
      }),
      { numRuns: propertyRuns },
    );
  });

  it('refuses a shape of another number of elements', () => {
    const refused = () => nodeOf(reshape, { shape: [2, 4] }, [int8Tensor('x', [1, 3, 3])]);
    expect(thrownMessage(refused)).toBe(
      "node 'n' (reshape): shape has another number of elements: expected 9 elements as in 1x3x3, received 8 in 2x4",
    );
  });
});
