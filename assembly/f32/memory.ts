/** Sets `bytes` bytes to zero. */
export function clear(to: usize, bytes: usize): void {
  memory.fill(to, 0, bytes);
}

/** Where the memory that the kernels do not use themselves (tables of the maths functions) begins. */
export function heapBase(): usize {
  return __heap_base;
}
