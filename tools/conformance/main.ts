// `npm run -s conformance -- --cases DIR [--json]`: DIR holds `<op>/<case>.json`, laid out like CMSIS-NN's cases of the
// reference folder. `--golden DIR`: DIR holds `<model>/model.tflite` with inputs and outputs, see test/support/golden.ts.
// Exits with 1 where anything differs.
import { Option } from 'commander';
import { createParser, runProgram } from '../../src/cli/command-line.ts';
import { options, path } from '../../src/cli/options.ts';
import { printJson } from '../../src/cli/output.ts';
import { WickError } from '../../src/errors.ts';
import { runConformance } from '../../test/support/conformance.ts';
import { type GoldenReport, goldenFolders, runGolden } from '../../test/support/golden.ts';
import { readCaseFolders } from '../../test/support/reference.ts';
import { printGolden, printReport } from './print.ts';

interface Flags {
  readonly cases?: string;
  readonly golden?: string;
  readonly json?: boolean;
}

let failed = 0;

function checkCases(folder: string, json: boolean): void {
  const report = runConformance(readCaseFolders(folder));
  failed = report.failed;
  if (json) printJson(report);
  else printReport(report);
}

async function checkGolden(folder: string, json: boolean): Promise<void> {
  const models: GoldenReport[] = [];
  for (const model of goldenFolders(folder)) models.push(await runGolden(model));
  failed = models.filter(({ firstDifference }) => firstDifference !== null).length;
  if (json) printJson({ models, failed });
  else printGolden(models);
}

const program = createParser('conformance')
  .description(
    'run test cases of operators, or whole models, through the reference and every kernel',
  )
  .addOption(new Option('--cases <folder>', 'a folder with <op>/<case>.json').argParser(path))
  .addOption(
    new Option('--golden <folder>', 'a folder with <model>/model.tflite, inputs and outputs')
      .argParser(path)
      .conflicts('cases'),
  )
  .addOption(options.json())
  .action(async ({ cases, golden, json = false }: Flags) => {
    if (golden !== undefined) await checkGolden(golden, json);
    else if (cases !== undefined) checkCases(cases, json);
    else throw new WickError({ what: 'nothing to check', expected: '--cases or --golden' });
  });

const code = await runProgram(program, process.argv.slice(2));
process.exitCode = failed > 0 ? 1 : code;
