import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/command-line.ts';
import * as wick from '../src/index.ts';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

let checker: ts.TypeChecker;
let exported: readonly ts.Symbol[];
beforeAll(() => {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
  });
  checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  exported = module === undefined ? [] : checker.getExportsOfModule(module);
});

const original = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

describe('the package', () => {
  it('exports a function for every verb', () => {
    const verbs = createProgram().commands.map((verb) => verb.name());
    expect(verbs).toHaveLength(14);
    for (const verb of verbs) expect(wick).toHaveProperty(verb, expect.any(Function));
  });

  it('documents every export', () => {
    expect(exported.length).toBeGreaterThan(Object.keys(wick).length);
    const silent = exported.filter(
      (symbol) => original(symbol).getDocumentationComment(checker).length === 0,
    );
    expect(silent.map((symbol) => symbol.getName())).toEqual([]);
  });
});
