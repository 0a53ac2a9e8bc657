/** An input section as the linker placed it. */
export interface PlacedSection {
  /** The name of the output section, such as `.text`. */
  readonly output: string;
  readonly address: number;
  readonly bytes: number;
  /** The object that it is of; undefined for what the linker filled in. */
  readonly object: string | undefined;
}

/** The line from which on a map of GNU ld says where everything lies; what was discarded stands before it. */
const begin = 'Linker script and memory map';

/**
 * The sections with a place in memory, of a map file of GNU ld. An output section's name stands at the start of a line, an
 * input section's behind a blank; a long name has its address and size on the line below.
 */
export function parseMap(map: string): readonly PlacedSection[] {
  const text = map.slice(Math.max(0, map.indexOf(begin)));
  const joined = text.replaceAll(/^( ?[.\w*][^\s(]*)\n +(?=0x)/gm, '$1 ');
  const sections: PlacedSection[] = [];
  let output = '';
  for (const line of joined.split('\n')) {
    const match = /^( ?)([.\w*][^\s(]*) +0x([0-9a-f]+) +0x([0-9a-f]+)(?: (.*))?$/.exec(line);
    if (match === null) continue;
    const [, blank, name, address, bytes, rest] = match as unknown as string[];
    if (blank === '') output = name as string;
    const size = Number.parseInt(bytes as string, 16);
    if (blank === '' || size === 0) continue;
    const object = rest?.trim() || undefined;
    const placed = { output, address: Number.parseInt(address as string, 16), bytes: size };
    sections.push({ ...placed, object: name === '*fill*' ? undefined : object });
  }
  return sections;
}
