import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a function takes of the stack. */
export interface Frame {
  readonly function: string;
  readonly bytes: number;
}

/** The functions of GCC's reports of stack use (`-fstack-usage`) below a folder, the largest frames first. */
export async function readFrames(folder: string): Promise<readonly Frame[]> {
  const names = await readdir(folder, { recursive: true });
  const reports = names.filter((name) => name.endsWith('.su'));
  const texts = await Promise.all(reports.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap(parseFrames)
    .sort((a, b) => b.bytes - a.bytes || (a.function < b.function ? -1 : 1));
}

/** Each line is `file:line:column:function`, bytes, and whether they are known (`static`), between tabs. */
function parseFrames(report: string): readonly Frame[] {
  return [...report.matchAll(/^.*:\d+:\d+:([^\t\n]+)\t(\d+)\t/gm)].map(([, name, bytes]) => ({
    function: name as string,
    bytes: Number(bytes),
  }));
}
