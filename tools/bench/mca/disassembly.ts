/** An instruction as objdump prints it. */
export interface Instruction {
  readonly address: number;
  /** With its size, where the assembler says one: `ldr.w`. */
  readonly mnemonic: string;
  readonly operands: string;
}

/** A function of a disassembly. */
export interface DisassembledFunction {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads what `objdump -d --no-show-raw-insn` prints. */
export function parseDisassembly(text: string): readonly DisassembledFunction[] {
  const functions: { name: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n')) {
    const name = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1];
    if (name !== undefined) functions.push({ name, instructions: [] });
    const [, address = '', mnemonic = '', operands = ''] =
      /^ *([0-9a-f]+):\t(\S+)(?:\t([^@]*))?/.exec(line) ?? [];
    if (address === '') continue;
    const instruction = { address: Number.parseInt(address, 16), mnemonic };
    functions.at(-1)?.instructions.push({ ...instruction, operands: operands.trim() });
  }
  return functions;
}

/** What one instruction multiplies and adds: packed pairs count as two, as wick's kernels and CMSIS-NN's use them. */
const products: readonly (readonly [mnemonic: RegExp, count: number])[] = [
  [/^(smlal|smlad)$/, 2],
  [/^(mla|smla[bt][bt])$/, 1],
];

/** The multiply-accumulates of one turn of a loop. */
export function countMacs(loop: readonly Pick<Instruction, 'mnemonic'>[]): number {
  const macsOf = (mnemonic: string) =>
    products.find(([pattern]) => pattern.test(mnemonic))?.[1] ?? 0;
  return loop.reduce((sum, { mnemonic }) => sum + macsOf(mnemonic), 0);
}

/** Where a branch of the function goes; undefined of what is none. */
function targetOf({ mnemonic, operands }: Instruction): number | undefined {
  const target = /^b(?!l|x|f|ic|kpt)/.test(mnemonic) && /^([0-9a-f]+) </.exec(operands)?.[1];
  return target ? Number.parseInt(target, 16) : undefined;
}

/** Straight loops of a function, with no branch but the last instruction, that multiply and add; the one with the most first. */
export function straightLoops({
  instructions,
}: DisassembledFunction): readonly (readonly Instruction[])[] {
  return instructions
    .flatMap((branch, end) => {
      const target = targetOf(branch);
      if (target === undefined || target > branch.address) return [];
      const start = instructions.findIndex(({ address }) => address === target);
      if (start < 0) return [];
      const loop = instructions.slice(start, end + 1);
      const isStraight = loop.slice(0, -1).every((each) => targetOf(each) === undefined);
      return isStraight && countMacs(loop) > 0 ? [loop] : [];
    })
    .sort((a, b) => countMacs(b) - countMacs(a));
}

/** A loop as assembler source, its last branch to its begin. */
export function renderLoop(loop: readonly Instruction[]): string {
  const lines = loop.map((instruction) => {
    const { mnemonic, operands } = instruction;
    // Sizes are left to the assembler: LLVM's knows some of gcc's only without.
    return `  ${mnemonic.replace(/\.[nw]$/, '')} ${targetOf(instruction) === undefined ? operands : 'turn'}`;
  });
  return ['turn:', ...lines, ''].join('\n');
}
