// `npm run -s conformance -- --cases DIR [--json]`: DIR holds `<op>/<case>.json`, laid out like CMSIS-NN's cases of the
// reference folder. Exits with 1 where a case fails.
import { Option } from 'commander';
import { createParser, runProgram } from '../../src/cli/command-line.ts';
import { options, path } from '../../src/cli/options.ts';
import { printJson } from '../../src/cli/output.ts';
import { runConformance } from '../../test/support/conformance.ts';
import { readCaseFolders } from '../../test/support/reference.ts';
import { printReport } from './print.ts';

let failed = 0;

const program = createParser('conformance')
  .description('run test cases of operators through the reference and every kernel')
  .addOption(
    new Option('--cases <folder>', 'a folder with <op>/<case>.json')
      .argParser(path)
      .makeOptionMandatory(),
  )
  .addOption(options.json())
  .action(({ cases, json }: { readonly cases: string; readonly json?: boolean }) => {
    const report = runConformance(readCaseFolders(cases));
    failed = report.failed;
    if (json) printJson(report);
    else printReport(report);
  });

const code = await runProgram(program, process.argv.slice(2));
process.exitCode = failed > 0 ? 1 : code;
