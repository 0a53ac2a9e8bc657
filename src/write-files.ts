import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { messageOf, WickError } from './errors.ts';

/** Contents by plain file name; text is written as UTF-8. */
export type FileContents = ReadonlyMap<string, Uint8Array | string>;

/**
 * Writes files into a directory, which is created where it is missing. Every file is first written under a temporary
 * name in the same directory, and only when all are complete are they renamed: a file of the set is never seen half
 * written, and where writing fails the old files stay as they were.
 *
 * @throws WickError that names the file or directory, where a name is no plain file name or the system refuses
 */
export async function writeFiles(directory: string, files: FileContents): Promise<void> {
  await writeFolders(new Map([[directory, files]]));
}

/** As {@link writeFiles}, the files of several directories as one set. */
export async function writeFolders(folders: ReadonlyMap<string, FileContents>): Promise<void> {
  const pending = [...folders].flatMap(([directory, files]) =>
    [...files].map(([name, contents]) => {
      checkFileName(name);
      const temporary = join(directory, `.wick-${randomUUID()}.tmp`);
      return { path: join(directory, name), temporary, contents };
    }),
  );

  for (const directory of folders.keys()) {
    await mkdir(directory, { recursive: true }).catch((error: unknown) => {
      throw fileError(error, directory, 'write');
    });
  }
  try {
    for (const { path, temporary, contents } of pending) {
      await checkReplaceable(path);
      await writeFile(temporary, contents, { flag: 'wx' }).catch((error: unknown) => {
        throw fileError(error, path, 'write');
      });
    }
    for (const { path, temporary } of pending) {
      await rename(temporary, path).catch((error: unknown) => {
        throw fileError(error, path, 'write');
      });
    }
  } catch (error) {
    await Promise.allSettled(pending.map(({ temporary }) => rm(temporary, { force: true })));
    throw error;
  }
}

/**
 * The bytes of a file.
 *
 * @throws WickError that names the file, where it is missing or the system refuses
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
}

/** What the user can do, by the system's error code. */
const hints: Readonly<Record<string, string>> = {
  EACCES: 'check its permissions',
  EPERM: 'check its permissions',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'a file is needed there, not a directory',
  ENOTDIR: 'a part of the path is a file where a directory is needed',
  EEXIST: 'a file has the name of the directory',
};

/** What was to be done with a file. */
export type FileAction = 'read' | 'write' | 'remove';

/** The WickError for what a function of `node:fs` threw at a path. */
export function fileError(error: unknown, path: string, action: FileAction): WickError {
  if (error instanceof WickError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return refusal(code ?? messageOf(error), path, action);
}

function refusal(reason: string, path: string, action: FileAction): WickError {
  if (action === 'read' && reason === 'ENOENT') {
    return new WickError({
      what: 'no such file or directory',
      where: path,
      hint: isAbsolute(path)
        ? 'check the path'
        : `check the path, which is relative to ${process.cwd()}`,
    });
  }
  const hint = hints[reason];
  return new WickError({
    what: `cannot ${action}: ${reason}`,
    where: path,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Names often come from a model's name, so they must not lead out of the directory. */
function checkFileName(name: string): void {
  const plain = name === basename(name) && !['', '.', '..'].includes(name) && !/[\\/\0]/.test(name);
  if (plain) return;
  throw new WickError({
    what: 'cannot write',
    where: 'file name',
    expected: 'a plain name without a directory',
    received: JSON.stringify(name),
  });
}

/** A directory cannot be renamed over: better to find out before the first file of the set is replaced. */
async function checkReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) throw refusal('EISDIR', path, 'write');
}
