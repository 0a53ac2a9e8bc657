import { spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { WickError } from '../errors.ts';

/** The systems for which it is said how to get a tool. */
export const systems = ['debian', 'macos', 'windows'] as const;

/** One of {@link systems}. */
export type System = (typeof systems)[number];

/** What a tool is needed for. */
export type Purpose = 'build' | 'emulate' | 'flash';

/** A command that wick calls. */
export interface Tool {
  readonly command: string;
  readonly purpose: Purpose;
  /** How to get it, a line for each system. */
  readonly install: Readonly<Record<System, string>>;
}

const packages = (debian: string, brew: string, windows: string) => ({
  debian: `apt-get install ${debian}`,
  macos: `brew install ${brew}`,
  windows,
});

/** Every tool that wick may call, of a purpose the preferred ones first. */
export const tools = {
  'arm-none-eabi-gcc': {
    command: 'arm-none-eabi-gcc',
    purpose: 'build',
    install: packages(
      'gcc-arm-none-eabi libnewlib-arm-none-eabi',
      '--cask gcc-arm-embedded',
      'winget install Arm.GnuArmEmbeddedToolchain',
    ),
  },
  cmake: {
    command: 'cmake',
    purpose: 'build',
    install: packages('cmake', 'cmake', 'winget install Kitware.CMake'),
  },
  ninja: {
    command: 'ninja',
    purpose: 'build',
    install: packages('ninja-build', 'ninja', 'winget install Ninja-build.Ninja'),
  },
  make: {
    command: 'make',
    purpose: 'build',
    install: packages('make', 'make', 'choco install make'),
  },
  'qemu-system-arm': {
    command: 'qemu-system-arm',
    purpose: 'emulate',
    install: packages(
      'qemu-system-arm',
      'qemu',
      'winget install SoftwareFreedomConservancy.QEMU and add its folder to PATH',
    ),
  },
  openocd: {
    command: 'openocd',
    purpose: 'flash',
    install: packages('openocd', 'open-ocd', 'choco install openocd'),
  },
  'st-flash': {
    command: 'st-flash',
    purpose: 'flash',
    install: packages(
      'stlink-tools',
      'stlink',
      'unpack https://github.com/stlink-org/stlink/releases and add its bin to PATH',
    ),
  },
  pyocd: {
    command: 'pyocd',
    purpose: 'flash',
    install: {
      debian: 'pipx install pyocd',
      macos: 'pipx install pyocd',
      windows: 'pipx install pyocd',
    },
  },
  'dfu-util': {
    command: 'dfu-util',
    purpose: 'flash',
    install: packages(
      'dfu-util',
      'dfu-util',
      'unpack https://dfu-util.sourceforge.net/releases and add its folder to PATH',
    ),
  },
} as const satisfies Readonly<Record<string, Tool>>;

/** The command of one of {@link tools}. */
export type ToolName = keyof typeof tools;

/** The system that this process runs on; another Unix is taken for Debian's kin. */
export function thisSystem(platform: string = process.platform): System {
  if (platform === 'darwin') return 'macos';
  return platform === 'win32' ? 'windows' : 'debian';
}

/** What a tool says of its version (the first line with a number), or undefined where it is not there. */
export function toolVersion(name: ToolName): string | undefined {
  const { stdout, stderr, error } = spawnSync(name, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  const line = `${stdout}\n${stderr}`.split('\n').find((text) => /\d\.\d/.test(text));
  return line?.trim() ?? 'unknown version';
}

/** Whether a tool is there. */
export function hasTool(name: ToolName): boolean {
  return toolVersion(name) !== undefined;
}

/** Whether the compiler has its C library in the small variant: packages of the compiler alone lack it. */
export function hasNewlib(): boolean {
  const name = '-print-file-name=nano.specs';
  const { stdout, error } = spawnSync('arm-none-eabi-gcc', [name], { encoding: 'utf8' });
  return error === undefined && isAbsolute(stdout.trim());
}

/** The WickError about tools that are not there, with what installs them here. */
export function missingTools(purpose: string, missing: readonly ToolName[]): WickError {
  const system = thisSystem();
  const commands = [...new Set(missing.map((name) => tools[name].install[system]))];
  return new WickError({
    what: 'tools are missing',
    where: purpose,
    expected: missing.join(', '),
    received: 'none of that name on PATH',
    hint: `install: ${commands.join('; ')} ('wick firmware doctor' lists what is there)`,
  });
}

/** The tool that cmake drives. */
export type Generator = 'Ninja' | 'Unix Makefiles';

/**
 * Makes sure that a firmware can be built here, and says what cmake can drive.
 *
 * @throws WickError that names the tools that are missing and what installs them
 */
export function requireBuildTools(): Generator {
  const needed = ['arm-none-eabi-gcc', 'cmake'] as const;
  const missing: ToolName[] = needed.filter((name) => !hasTool(name));
  const generator = hasTool('ninja') ? 'Ninja' : hasTool('make') ? 'Unix Makefiles' : undefined;
  if (generator === undefined) missing.push('ninja');
  if (missing.length > 0) throw missingTools('building a firmware', missing);
  if (!hasNewlib()) {
    throw new WickError({
      what: 'the compiler lacks its C library, newlib',
      where: 'arm-none-eabi-gcc',
      expected: 'nano.specs',
      received: 'no such file',
      hint: `install: ${tools['arm-none-eabi-gcc'].install[thisSystem()]}`,
    });
  }
  return generator as Generator;
}
