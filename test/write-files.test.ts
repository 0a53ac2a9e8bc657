import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WickError } from '../src/errors.ts';
import { fileError, readBytes, writeFiles } from '../src/write-files.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wick-write-files-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('writeFiles', () => {
  it('creates the directory and writes bytes as they are and text as UTF-8', async () => {
    const target = join(directory, 'a', 'b');
    await writeFiles(
      target,
      new Map<string, Uint8Array | string>([
        ['bytes.bin', Uint8Array.of(0, 255, 10)],
        ['text.json', 'é\n'],
      ]),
    );
    expect((await readdir(target)).sort()).toEqual(['bytes.bin', 'text.json']);
    expect([...(await readFile(join(target, 'bytes.bin')))]).toEqual([0, 255, 10]);
    expect([...(await readFile(join(target, 'text.json')))]).toEqual([0xc3, 0xa9, 10]);
  });

  it('replaces files of the same name and leaves others', async () => {
    await writeFile(join(directory, 'kept'), 'kept');
    await writeFile(join(directory, 'model'), 'a longer old content');
    await writeFiles(directory, new Map([['model', 'new']]));
    expect(await readFile(join(directory, 'model'), 'utf8')).toBe('new');
    expect(await readFile(join(directory, 'kept'), 'utf8')).toBe('kept');
  });

  it('changes nothing and leaves no temporary where one of the files cannot be written', async () => {
    await writeFile(join(directory, 'first'), 'old');
    await mkdir(join(directory, 'second'));
    const files = new Map([
      ['first', 'new'],
      ['second', 'new'],
    ]);
    await expect(writeFiles(directory, files)).rejects.toThrow(WickError);
    await expect(writeFiles(directory, files)).rejects.toThrow(
      `${join(directory, 'second')}: cannot write: EISDIR`,
    );
    expect((await readdir(directory)).sort()).toEqual(['first', 'second']);
    expect(await readFile(join(directory, 'first'), 'utf8')).toBe('old');
  });

  it('names the path where a directory cannot be created', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const files = new Map([['x', 'x']]);
    await expect(writeFiles(join(file, 'below'), files)).rejects.toThrow(
      `${join(file, 'below')}: cannot write: ENOTDIR`,
    );
    await expect(writeFiles(file, files)).rejects.toThrow(`${file}: cannot write: EEXIST`);
  });

  it.each(['../escape', 'a/b', 'a\\b', '', '.', '..', 'nul\0'])(
    'refuses the file name %j before it writes anything',
    async (name) => {
      const files = new Map([
        ['good', 'x'],
        [name, 'x'],
      ]);
      await expect(writeFiles(directory, files)).rejects.toThrow(WickError);
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it('names the path where the system refuses the write', async () => {
    const name = 'x'.repeat(300);
    await expect(writeFiles(directory, new Map([[name, 'x']]))).rejects.toThrow(
      `${join(directory, name)}: cannot write: ENAMETOOLONG`,
    );
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('readBytes', () => {
  it('gives the bytes of a file, or names the file that it cannot read', async () => {
    const path = join(directory, 'file');
    await writeFile(path, Uint8Array.of(1, 2));
    expect([...(await readBytes(path))]).toEqual([1, 2]);
    await expect(readBytes(join(directory, 'none'))).rejects.toThrow(
      `${join(directory, 'none')}: no such file or directory`,
    );
    await expect(readBytes(directory)).rejects.toThrow(`${directory}: cannot read: EISDIR`);
  });
});

describe('fileError', () => {
  const systemError = (code: string) => Object.assign(new Error(`${code}: nope`), { code });

  it('says what to do about an error code', () => {
    expect(fileError(systemError('EACCES'), 'out', 'write').message).toBe(
      'out: cannot write: EACCES; check its permissions',
    );
    expect(fileError(systemError('ENOENT'), 'in', 'read').message).toBe(
      `in: no such file or directory; check the path, which is relative to ${process.cwd()}`,
    );
    expect(fileError(systemError('ENOENT'), '/in', 'read').message).toBe(
      '/in: no such file or directory; check the path',
    );
    expect(fileError(systemError('EACCES'), 'out', 'remove').message).toBe(
      'out: cannot remove: EACCES; check its permissions',
    );
  });

  it('keeps the message of an error without a code, and a WickError as it is', () => {
    expect(fileError(new Error('odd'), 'in', 'read').message).toBe('in: cannot read: odd');
    const wick = new WickError({ what: 'mine' });
    expect(fileError(wick, 'in', 'read')).toBe(wick);
  });
});
