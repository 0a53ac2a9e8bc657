/**
 * How a parameter lies in memory: for each group a matrix of `rows` x `columns` in panels of 16 columns, the last filled
 * up with zeros (assembly/f32/support/gemm.ts). In the graph it is [groups * columns][rows]; a bias has one row.
 */
export interface ParameterLayout {
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
}

const panelColumns = 16;

/** The bytes of `columns` numbers, rounded up to whole panels, `rows` times. */
export function panelBytes(rows: number, columns: number): number {
  return Math.ceil(columns / panelColumns) * rows * panelColumns * 4;
}

/** The bytes that a parameter takes in this layout. */
export function parameterBytes({ groups, rows, columns }: ParameterLayout): number {
  return groups * panelBytes(rows, columns);
}

/** Copies a parameter from the graph's order into panels. */
export function packParameter(layout: ParameterLayout, data: Float32Array, panels: Float32Array) {
  eachNumber(layout, (inGraph, inPanels) => {
    panels[inPanels] = data[inGraph] as number;
  });
}

/** Copies a parameter from panels into the graph's order. */
export function unpackParameter(layout: ParameterLayout, panels: Float32Array): Float32Array {
  const data = new Float32Array(layout.groups * layout.columns * layout.rows);
  eachNumber(layout, (inGraph, inPanels) => {
    data[inGraph] = panels[inPanels] as number;
  });
  return data;
}

function eachNumber(
  layout: ParameterLayout,
  visit: (inGraph: number, inPanels: number) => void,
): void {
  const { groups, rows, columns } = layout;
  const groupNumbers = panelBytes(rows, columns) / 4;
  for (let group = 0; group < groups; group++) {
    for (let column = 0; column < columns; column++) {
      const panel = group * groupNumbers + Math.floor(column / panelColumns) * rows * panelColumns;
      for (let row = 0; row < rows; row++) {
        visit(
          (group * columns + column) * rows + row,
          panel + row * panelColumns + (column % panelColumns),
        );
      }
    }
  }
}
