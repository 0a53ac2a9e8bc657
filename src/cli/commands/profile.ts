import type { Command } from 'commander';
import { openDebug } from '../../evaluate/debug.ts';
import { defaultProfileRuns, profile } from '../../evaluate/profile.ts';
import { largestOf } from '../../extremes.ts';
import {
  formatBytes,
  formatCount,
  formatMicroseconds,
  formatPercent,
} from '../../report/format.ts';
import { options } from '../options.ts';
import { printJson, printLine, printTable, withProgress } from '../output.ts';

interface Flags {
  readonly runs?: number;
  readonly json?: boolean;
}

const orDash = (rate: number | null) => (rate === null ? '-' : rate.toFixed(2));

/** `wick profile`: where a model's time goes. */
export function addProfile(program: Command): void {
  program
    .command('profile')
    .description('time each layer on this host: share, MACs, GMAC/s and bytes')
    .argument('<model>', 'a build folder, or a .wasm file of `wick compile --debug`')
    .addOption(options.runs().default(defaultProfileRuns))
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick profile build/mnist-cnn')
    .action(async (path: string, { runs, json }: Flags) => {
      const model = await openDebug(path);
      const result = await withProgress('timing', ({ update: onProgress }) =>
        profile(model, { runs, onProgress }),
      );
      if (json) return printJson(result);
      const largest = (key: 'scratchBytes' | 'liveBytes') =>
        largestOf(
          result.layers.map((layer) => layer[key]),
          0,
        );
      printTable(
        [result.name, 'op', 'time', 'share', 'MACs', 'GMAC/s', 'weights', 'scratch', 'live'],
        [
          ...result.layers.map((layer) => [
            layer.name,
            layer.op,
            layer.kernel === null ? '-' : formatMicroseconds(layer.microseconds),
            layer.kernel === null ? '-' : formatPercent(layer.share, 1),
            formatCount(layer.macs),
            orDash(layer.gmacPerSecond),
            formatBytes(layer.weightsBytes),
            formatBytes(layer.scratchBytes),
            formatBytes(layer.liveBytes),
          ]),
          [
            'total; scratch, live: largest',
            '',
            formatMicroseconds(result.microseconds),
            formatPercent(1, 1),
            formatCount(result.macs),
            orDash(result.gmacPerSecond),
            formatBytes(result.layers.reduce((sum, { weightsBytes }) => sum + weightsBytes, 0)),
            formatBytes(largest('scratchBytes')),
            formatBytes(largest('liveBytes')),
          ],
        ],
        ['left', 'left', ...new Array<'right'>(7).fill('right')],
      );
      const kernels = result.variant === 'simd' ? 'v128' : 'scalar';
      printLine(`${kernels} kernels; the median of ${formatCount(result.runs)} inferences.`);
    });
}
