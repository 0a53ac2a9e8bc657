import { describe, expect, it } from 'vitest';
import { cmsisNnLoops } from '../../tools/bench/mca/cmsis-nn.ts';
import {
  countMacs,
  parseDisassembly,
  renderLoop,
  straightLoops,
} from '../../tools/bench/mca/disassembly.ts';
import { countCycles } from '../../tools/bench/mca/estimate.ts';

const disassembly = `
firmware.elf:     file format elf32-littlearm

08001000 <outer_1.constprop.0>:
 8001000:	mov	r6, sl
 8001002:	ldrd	r8, r7, [r4, #56]	@ 0x38
 8001006:	smlal	r0, r1, r8, r9
 800100a:	smlabb	r2, r0, r3, r2
 800100e:	bne.n	8001002 <outer_1.constprop.0+0x2>
 8001010:	ldr.w	r0, [r1, #-4]
 8001014:	smlal	r0, r1, r8, r9
 8001018:	b.n	8001000 <outer_1.constprop.0>
 800101a:	beq.w	8001020 <outer_1.constprop.0+0x20>

08001030 <copy>:
 8001030:	strb	r0, [r1]
 8001032:	bl	8001000 <outer_1.constprop.0>
 8001036:	blt.n	8001030 <copy>
`;

const functions = parseDisassembly(disassembly);

describe('a disassembly', () => {
  it('is read by function, without the comments', () => {
    expect(functions.map(({ name }) => name)).toEqual(['outer_1.constprop.0', 'copy']);
    expect(functions[0]?.instructions[1]).toEqual({
      address: 0x8001002,
      mnemonic: 'ldrd',
      operands: 'r8, r7, [r4, #56]',
    });
  });

  it('has the straight loops that multiply: no loop around another, no branch ahead, none without a product', () => {
    const loops = functions.map(straightLoops);
    expect(loops.map(({ length }) => length)).toEqual([1, 0]);
    const [[loop = []] = []] = loops;
    // A packed pair and a single product.
    expect(countMacs(loop)).toBe(3);
    expect(renderLoop(loop)).toBe(
      'turn:\n  ldrd r8, r7, [r4, #56]\n  smlal r0, r1, r8, r9\n  smlabb r2, r0, r3, r2\n  bne turn\n',
    );
  });
});

describe("Arm's table of timings", () => {
  it('counts two cycles for the first of several loads and one for each behind it', () => {
    expect(countCycles(['ldr', 'ldrsb', 'smlal', 'ldrh', 'add', 'bne'])).toBe(
      2 + 1 + 1 + 2 + 1 + 2,
    );
  });

  it('counts three for a pair, and lets no load hide behind it', () => {
    expect(countCycles(['ldrd', 'ldrd', 'ldr', 'bne'])).toBe(3 + 3 + 2 + 2);
  });
});

describe("CMSIS-NN's loops", () => {
  it.each([
    ['arm_nn_mat_mult_kernel_s8_s16', 16, 6, 4],
    ['arm_nn_mat_mult_nt_t_s8', 64, 16, 32],
  ])(
    '%s: two by two outputs of its columns, its loads and its widenings',
    (name, macs, loads, widenings) => {
      const loop = cmsisNnLoops.find((each) => each.name === name);
      const mnemonics = (loop?.lines ?? []).map((line) => line.split(' ')[0] as string);
      expect(countMacs(mnemonics.map((mnemonic) => ({ mnemonic })))).toBe(macs);
      expect(mnemonics.filter((mnemonic) => mnemonic === 'ldr').length).toBe(loads);
      expect(mnemonics.filter((mnemonic) => mnemonic === 'sxtb16').length).toBe(widenings);
    },
  );
});
