import {
  hasNewlib,
  type Purpose,
  type System,
  type ToolName,
  tools,
  toolVersion,
} from './tools.ts';

/** A tool as it was found. */
export interface ToolReport {
  readonly tool: string;
  readonly purpose: Purpose;
  /** What it says of its version; null where it is missing. */
  readonly version: string | null;
  /** How to get it, a line for each system. */
  readonly install: Readonly<Record<System, string>>;
}

/** What is there of all that wick may call. */
export interface Doctor {
  readonly tools: readonly ToolReport[];
  /** Whether a purpose has the tools that it needs. */
  readonly ready: Readonly<Record<Purpose, boolean>>;
}

/** Looks for every tool that building, emulating and flashing may need. */
export function examine(): Doctor {
  const found = (Object.keys(tools) as ToolName[]).map((name): ToolReport => {
    const { command, purpose, install } = tools[name];
    return { tool: command, purpose, version: toolVersion(name) ?? null, install };
  });
  const compiler = found.findIndex(({ tool }) => tool === tools['arm-none-eabi-gcc'].command);
  const { purpose, install } = tools['arm-none-eabi-gcc'];
  const newlib = { tool: 'newlib', purpose, version: hasNewlib() ? 'nano' : null, install };
  const reports = found.toSpliced(compiler + 1, 0, newlib);
  const there = (...names: readonly string[]) =>
    names.every((name) => reports.some(({ tool, version }) => tool === name && version !== null));
  return {
    tools: reports,
    ready: {
      build: there('arm-none-eabi-gcc', 'newlib', 'cmake') && (there('ninja') || there('make')),
      emulate: there('qemu-system-arm'),
      flash: reports.some((report) => report.purpose === 'flash' && report.version !== null),
    },
  };
}
