import { commentText } from '../../compile/header.ts';
import { byteLength } from '../../graph/types.ts';
import { modelFlags } from '../../native/flags.ts';
import { nativeFiles } from '../../native/model.ts';
import type { ProjectFacts } from './templates.ts';

/** `README.md` of a project: how to use it with each build system. */
export function renderReadme({ model }: Pick<ProjectFacts, 'model'>): string {
  const { description, weights, memoryBytes } = model;
  const ports = (kind: 'input' | 'output') =>
    description[`${kind}s`].map(
      (port, index) =>
        `| ${kind} ${index} | ${commentText(port.name)} | ${port.dtype} | ${port.shape.join(' x ')} | ${byteLength(port)} |`,
    );
  return `# ${commentText(description.name)}

An int8 network in C11, written by wick. No heap, no library: ${weights.length} bytes of weights, which stay in flash, and
${memoryBytes} bytes of RAM in a static array.

| | name | type | shape | bytes |
|---|---|---|---|---|
${[...ports('input'), ...ports('output')].join('\n')}

\`\`\`c
#include "${nativeFiles.header}"

wick_init();                                  /* once */
memcpy(wick_input(0), sensor, WICK_INPUT_BYTES);
if (wick_infer() == 0) use(wick_output(0));
\`\`\`

Write every input before every inference: its memory is used for other things during one. \`${nativeFiles.header}\` has sizes,
scales, zero points and labels; \`examples/label/main.c\` shows how a real value becomes an int8 one. One model a program: a
second one would have the same names.

- **CMake**: \`add_subdirectory\` with the folder, then \`target_link_libraries(app PRIVATE wick_model)\`. By itself,
  \`cmake -B build && cmake --build build\` builds the example.
- **PlatformIO**: put the folder into \`lib/\`.
- **Arduino**: put the folder into \`libraries/\`, and include \`${nativeFiles.header}\`. Arduino compiles libraries with its own flags.
- **Zephyr**: add the folder to \`ZEPHYR_EXTRA_MODULES\`.
- **Anything else**: compile the two .c files of \`src\`. With gcc \`${nativeFiles.code}\` is fastest with

      ${modelFlags.join(' ')}

Instead of changing these files, run \`wick export --format c-project\` again.
`;
}
