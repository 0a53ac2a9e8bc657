/**
 * What gcc is to compile a model's code with: of the flags that were tried those that gave the fewest instructions, see
 * docs/kernels.md.
 */
export const modelFlags: readonly string[] = [
  '-O2',
  '-fno-schedule-insns',
  '-fno-tree-reassoc',
  '-fira-region=all',
  '-fno-tree-pre',
  '-fno-gcse',
  '-fno-code-hoisting',
  '-fweb',
  '-frename-registers',
  '-fno-tree-coalesce-vars',
  '-fno-tree-ter',
  '-fno-tree-sink',
  '-flive-range-shrinkage',
  '--param=iv-max-considered-uses=20',
  // Each layer has copies of the functions it shares with others, to be fitted to it: they are not to become one again.
  '-fno-ipa-icf',
];
