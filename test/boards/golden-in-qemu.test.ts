import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHostModel } from '../../src/device/host-model.ts';
import { verifyDevice } from '../../src/device/verify.ts';
import type { BuildOptions } from '../../src/firmware/build.ts';
import { setIoTypes } from '../../src/graph/passes/set-io-types.ts';
import { byteLength } from '../../src/graph/types.ts';
import { temporaryFolder } from '../support/folder.ts';
import {
  canRunFirmware,
  goldenModel,
  goldenNames,
  installFirmwareTools,
  startFirmware,
} from '../support/golden-firmware.ts';
import { referenceFolder } from '../support/reference.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
const runs = [
  ...goldenNames.flatMap((name) =>
    (['size', 'speed'] as const).map((optimize) => ({
      ...{ name, optimize, board: 'netduinoplus2', checks: 'none' as const },
    })),
  ),
  { name: 'vww_mobilenet', optimize: 'speed', board: 'mps2-an386', checks: 'none' },
  { name: 'kws_dscnn', optimize: 'speed', board: 'netduinoplus2', checks: 'block' },
  { name: 'kws_dscnn', optimize: 'size', board: 'netduinoplus2', checks: 'access' },
  // Other cores: what is compiled for a Cortex-M3, and for a Cortex-M7.
  { name: 'kws_dscnn', optimize: 'size', board: 'mps2-an385', checks: 'none' },
  { name: 'kws_dscnn', optimize: 'speed', board: 'mps2-an500', checks: 'none' },
] as const;

const title = titleWithTool('a golden model in QEMU', canRunFirmware, installFirmwareTools);

describe.skipIf(!canRunFirmware || referenceFolder === undefined)(title, () => {
  it.each(runs)(
    'answers as the host does, and as TFLM: $name for $optimize, checks $checks, on $board',
    async ({ name, board, ...options }) => {
      const { graph, series } = goldenModel(name);
      const host = await openHostModel(graph);
      const path = join(folder, `${name} ${board} ${Object.values(options).join(' ')}`);
      const device = await startFirmware(graph, path, board, options as Partial<BuildOptions>);
      try {
        const verified = await verifyDevice(device, host, series);
        const bytes = host.description.outputs.reduce((sum, port) => sum + byteLength(port), 0);
        expect(verified).toMatchObject({
          ...{ samples: series.count, outputBytes: series.count * bytes },
        });
      } finally {
        await device.close();
      }
    },
  );

  it('takes and gives real values where the model does', async () => {
    const { graph, series } = goldenModel('hello_world');
    const real = setIoTypes(graph, { inputType: 'float32', outputType: 'float32' });
    const inputsOf = (index: number) =>
      series.inputsOf(index).map((values) => Float32Array.from(values, (value) => value / 40));
    const device = await startFirmware(real, join(folder, 'real values'), 'netduinoplus2');
    try {
      const host = await openHostModel(real);
      const verified = await verifyDevice(device, host, { count: series.count, inputsOf });
      expect(verified.outputBytes).toBe(4 * series.count);
    } finally {
      await device.close();
    }
  });
});
