// Weight accessors. Kernels read weights through these imports and never by a load of their own, so that the linker
// decides where weights live. Each reads at address `p` plus a constant `offset` in bytes.

@external("weights", "load8")
export declare function weight8(p: usize, offset: usize): i32;

@external("weights", "load32")
export declare function weight32(p: usize, offset: usize): i32;

@external("weights", "load8x8")
export declare function weight8x8(p: usize, offset: usize): v128;

@external("weights", "load128")
export declare function weight128(p: usize, offset: usize): v128;
