// Images of 8x8 pixels with a bright band at one of three heights, which is their class.
export const size = 8;
export const classes = ['top', 'middle', 'bottom'];

export function labels(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index % classes.length);
}

export function images(count: number): Uint8Array {
  return Uint8Array.from({ length: count * size * size }, (_, index) => {
    const label = Math.floor(index / (size * size)) % classes.length;
    const row = Math.floor(index / size) % size;
    const inBand = row === 1 + 2 * label || row === 2 + 2 * label;
    return (inBand ? 150 : 0) + ((index * 37) % 100);
  });
}
