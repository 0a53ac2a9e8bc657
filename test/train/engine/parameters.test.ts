import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  packParameter,
  parameterBytes,
  unpackParameter,
} from '../../../src/train/engine/parameters.ts';

const layouts = fc.record({
  groups: fc.integer({ min: 1, max: 3 }),
  rows: fc.integer({ min: 1, max: 10 }),
  columns: fc.integer({ min: 1, max: 40 }),
});

describe('a parameter in panels', () => {
  it('is [group][column / 16][row][column % 16], filled up with zeros', () => {
    const panels = new Float32Array(2 * 2 * 2 * 16);
    // 2 groups of 2 rows x 17 columns, in the graph's order [group][column][row]
    const data = Float32Array.from({ length: 68 }, (_, i) => i + 1);
    packParameter({ groups: 2, rows: 2, columns: 17 }, data, panels);
    expect([...panels.subarray(0, 3)]).toEqual([1, 3, 5]);
    expect([...panels.subarray(16, 19)]).toEqual([2, 4, 6]);
    expect([...panels.subarray(32, 34)]).toEqual([33, 0]);
    expect([...panels.subarray(64, 66)]).toEqual([35, 37]);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const length = layout.groups * layout.rows * layout.columns;
        const data = Float32Array.from({ length }, (_, i) => i + 1);
        const panels = new Float32Array(parameterBytes(layout) / 4);
        packParameter(layout, data, panels);
        expect(unpackParameter(layout, panels)).toEqual(data);
      }),
    );
  });
});
