import { describe, expect, it } from 'vitest';
import { parseMap } from '../../src/firmware/map.ts';
import { readSizes } from '../../src/firmware/sizes.ts';

const map = `Archive member included to satisfy reference by file (symbol)

Discarded input sections

 .text.unused   0x00000000      0x100 CMakeFiles/wick_app.dir/app/main.c.obj

Memory Configuration

Name             Origin             Length             Attributes
flash            0x08000000         0x00100000         xr

Linker script and memory map

LOAD CMakeFiles/wick_app.dir/app/main.c.obj
                0x00000800                        stack_bytes = 0x800

.text           0x08000000      0x144
 *(.vectors)
 .vectors       0x08000000       0x40 CMakeFiles/wick_board.dir/boards/cortex-m/startup.c.obj
 .text.a_function_with_a_long_name
                0x08000040       0x20 CMakeFiles/wick_app.dir/app/main.c.obj
                0x08000040                a_function_with_a_long_name
 *fill*         0x08000060        0x2 ff
 .rodata        0x08000062        0x0 CMakeFiles/wick_app.dir/app/main.c.obj
 .text          0x08000064       0x30 /usr/lib/a folder/libc_nano.a(lib_a-memcpy.o)
 .rodata.str1.1
                0x08000094       0x10 CMakeFiles\\wick_engine.dir\\engine\\native\\engine.c.obj
                                 0x18 (size before relaxing)
 .rodata.weights
                0x080000a4       0xa0 CMakeFiles/wick_weights.dir/tmp/model/wick_weights.c.obj
                0x08000144                        . = ALIGN (0x4)

.stack          0x20000000      0x800
 *fill*         0x20000000      0x800 

.data           0x20000800        0x4 load address 0x08000144
 .data.x        0x20000800        0x4 CMakeFiles/wick_app.dir/app/main.c.obj

.bss            0x20000804      0x110 load address 0x08000148
 .bss.memory    0x20000804      0x100 CMakeFiles/wick_model.dir/tmp/model/wick_model.c.obj
 COMMON         0x20000904       0x10 CMakeFiles/wick_app.dir/app/main.c.obj

.debug_info     0x00000000     0x1234
 .debug_info    0x00000000     0x1234 CMakeFiles/wick_app.dir/app/main.c.obj
`;

describe("the linker's map", () => {
  it('is read as sections with their place and object, without what was discarded', () => {
    const sections = parseMap(map);
    expect(sections[1]).toEqual({
      output: '.text',
      address: 0x08000040,
      bytes: 0x20,
      object: 'CMakeFiles/wick_app.dir/app/main.c.obj',
    });
    expect(sections.map(({ object }) => object)).not.toContain('ff');
    expect(sections.filter(({ output }) => output === '.text').map(({ bytes }) => bytes)).toEqual([
      0x40, 0x20, 0x2, 0x30, 0x10, 0xa0,
    ]);
  });

  it('gives the bytes of each part: initial values count in flash and in RAM, debug information nowhere', () => {
    expect(readSizes(map, { stackBytes: 2048 })).toEqual({
      flashBytes: 0x142 + 4,
      flash: {
        app: 0x24,
        board: 0x40,
        engine: 0x10,
        model: 0,
        weights: 0xa0,
        library: 0x30,
        fill: 2,
      },
      ramBytes: 0x114,
      ram: { app: 0x14, board: 0, engine: 0, model: 0x100, weights: 0, library: 0, fill: 0 },
      stackBytes: 2048,
    });
  });
});
