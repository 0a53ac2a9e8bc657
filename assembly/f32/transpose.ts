import { PANEL, PANEL_ROW, panelBytes } from './support/gemm';
import { F32 } from './support/lanes';

/** Where the number in this row and column of a matrix with `k` rows in panels lies. */
function panelOffset(row: i32, column: i32, k: i32): usize {
  return <usize>((column / PANEL) * k + row) * PANEL_ROW + <usize>(column % PANEL) * F32;
}

/** Transposes `groups` k x n matrices in panels into as many n x k matrices in panels. */
export function transposePanels(groups: i32, k: i32, n: i32, from: usize, to: usize): void {
  for (let group = 0; group < groups; group++) {
    for (let row = 0; row < k; row += PANEL) {
      const rows = min(PANEL, k - row);
      for (let column = 0; column < n; column++, to += PANEL_ROW) {
        let source = from + panelOffset(row, column, k);
        for (let i = 0; i < rows; i++, source += PANEL_ROW) {
          store<f32>(to + <usize>i * F32, load<f32>(source));
        }
        memory.fill(to + <usize>rows * F32, 0, <usize>(PANEL - rows) * F32);
      }
    }
    from += panelBytes(k, n);
  }
}
