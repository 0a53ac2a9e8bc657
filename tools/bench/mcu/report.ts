import { parts } from '../../../src/firmware/sizes.ts';
import { formatCount } from '../../../src/report/format.ts';
import type { McuFigures, Setting } from './measure.ts';
import { type Peer, pairLayers } from './peer.ts';

/** A table of text. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly align: readonly ('left' | 'right')[];
}

type Peers = ReadonlyMap<string, Peer>;

/** Three digits behind the point where a figure is compared with a goal. */
const ratio = (own: number, peer: number | undefined) =>
  peer === undefined || peer === 0 ? '-' : (own / peer).toFixed(3);

const perMac = (instructions: number, macs: number) =>
  macs === 0 ? '-' : (instructions / macs).toFixed(2);

/** What each model takes, built in each way, with the instructions over the peer's. */
export function costTable(figures: readonly McuFigures[], peers: Peers): TextTable {
  return {
    head: [
      ...['model', 'optimize', 'checks', 'instructions', 'per MAC', '/ peer'],
      ...['flash', 'weights', '/ own', 'rest', 'RAM', 'arena', '/ peer', 'stack'],
    ],
    rows: figures.map((each) => {
      const { model, optimize, checks, instructions, macs } = each;
      const { flashBytes, weightsBytes, ramBytes, arenaBytes, stackBytes } = each;
      const peer = peers.get(model);
      return [
        ...[model, optimize, checks, formatCount(instructions), perMac(instructions, macs)],
        ...[ratio(instructions, peer?.instructions), formatCount(flashBytes)],
        ...[formatCount(weightsBytes), ratio(weightsBytes, each.canonicalWeightsBytes)],
        formatCount(flashBytes - weightsBytes),
        ...[formatCount(ramBytes), formatCount(arenaBytes), ratio(arenaBytes, peer?.arenaBytes)],
        formatCount(stackBytes),
      ];
    }),
    align: ['left', 'left', 'left', ...new Array<'right'>(11).fill('right')],
  };
}

/** The flash of each firmware, by part. */
export function flashTable(figures: readonly McuFigures[]): TextTable {
  return {
    head: ['model', 'optimize', 'checks', ...parts, 'all'],
    rows: figures.map(({ model, optimize, checks, flash, flashBytes }) => [
      ...[model, optimize, checks],
      ...parts.map((part) => formatCount(flash[part])),
      formatCount(flashBytes),
    ]),
    align: ['left', 'left', 'left', ...new Array<'right'>(parts.length + 1).fill('right')],
  };
}

/** The instructions over the peer's for each way to build: the largest, and the geometric mean of all models that it has. */
export function ratioTable(figures: readonly McuFigures[], peers: Peers): TextTable {
  const keyOf = ({ engine, optimize, checks }: Setting) => [engine, optimize, checks] as const;
  const ratios = new Map<string, number[]>();
  for (const each of figures) {
    const peer = peers.get(each.model);
    if (peer === undefined) continue;
    const key = keyOf(each).join(' ');
    ratios.set(key, [...(ratios.get(key) ?? []), each.instructions / peer.instructions]);
  }
  return {
    head: ['engine', 'optimize', 'checks', 'models', 'largest', 'mean'],
    rows: [...ratios].map(([key, values]) => [
      ...key.split(' '),
      `${values.length}`,
      Math.max(...values).toFixed(3),
      geometricMean(values).toFixed(3),
    ]),
    align: ['left', 'left', 'left', 'right', 'right', 'right'],
  };
}

/** The n-th root of the product of n values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The layers of one firmware beside the peer's. */
export function layerTable({ layers }: McuFigures, peer: Peer | undefined): TextTable {
  return {
    head: ['layer', 'MACs', 'instructions', 'per MAC', 'peer', 'per MAC', '/ peer'],
    rows: pairLayers(layers, peer?.layers ?? []).map(({ own, peer: other }) => {
      const macs = own?.macs ?? other?.macs ?? 0;
      const cells = (instructions: number | undefined) =>
        instructions === undefined
          ? ['-', '-']
          : [formatCount(instructions), perMac(instructions, macs)];
      return [
        own?.name ?? other?.op ?? '',
        formatCount(macs),
        ...cells(own?.instructions),
        ...cells(other?.instructions),
        own === undefined ? '-' : ratio(own.instructions, other?.instructions),
      ];
    }),
    align: ['left', ...new Array<'right'>(6).fill('right')],
  };
}

/** A table as Markdown, for docs/firmware.md. */
export function renderMarkdown({ head, rows, align }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = align.map((side) => (side === 'right' ? '--:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
