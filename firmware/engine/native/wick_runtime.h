// What a model's C code is written in terms of: loads and stores of its memory and its weights, and operations that a processor
// may have an instruction for. Include it behind the model's constants.
//
// WICK_HOSTED is for kernels that any module may call: memory and weights are those of the call.
// WICK_CHECK_ACCESS adds a bounds check to every access. Without it the accesses must be known to be in bounds, or be
// checked by the code itself (WICK_CHECK_MEMORY, WICK_CHECK_WEIGHTS).
#ifndef WICK_RUNTIME_H
#define WICK_RUNTIME_H

#include <stdint.h>
#ifdef __ARM_FEATURE_SAT
#include <arm_acle.h>
#endif

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
// Of quantize and dequantize only. Without a unit for it the compiler's library does the arithmetic.
typedef float f32;

// Never returns: what follows an access out of bounds, or code that must not be reached.
static _Noreturn void wick_trap(void) __attribute__((noinline, unused));

#define WICK_INLINE static inline __attribute__((always_inline))
// A function that a kernel calls, fitted by the compiler to this one caller.
#define WICK_FUNCTION __attribute__((noinline)) static
// A layer's kernel. The addresses that it is given are not to become constants in it: they would cost registers.
#if defined(__GNUC__) && !defined(__clang__)
#define WICK_KERNEL __attribute__((noipa)) static
#else
#define WICK_KERNEL __attribute__((noinline)) static
#endif

// The model's memory, eight bytes aligned so that two loads can become one, and its weights.
#ifdef WICK_HOSTED
static u8 *wick_memory;
static u32 wick_memory_bytes;
static const u8 *wick_weights;
static u32 wick_weights_bytes;
#define WICK_MEMORY_BYTES wick_memory_bytes
#define WICK_WEIGHTS_BYTES wick_weights_bytes
#else
#ifndef WICK_MEMORY_BYTES
#error "WICK_MEMORY_BYTES says how large the model's memory is"
#endif
#ifndef WICK_WEIGHTS_BYTES
#error "WICK_WEIGHTS_BYTES says how many bytes its weights take"
#endif
static u8 __attribute__((aligned(8))) wick_memory[WICK_MEMORY_BYTES];
// Where the linker put them.
extern const u8 wick_weights[];
#endif

#if UINTPTR_MAX == UINT32_MAX
// Functions get machine addresses: offsets from one are part of a load, whereas a sum with an array's address is not.
#define WICK_MEMORY(address) ((u32)(uintptr_t)wick_memory + (address))
#define WICK_WEIGHTS(address) ((u32)(uintptr_t)wick_weights + (address))
#define WICK_MEMORY_AT(address) ((u8 *)(uintptr_t)(address))
#define WICK_WEIGHTS_AT(address) ((const u8 *)(uintptr_t)(address))
#else
#define WICK_MEMORY(address) ((u32)(address))
#define WICK_WEIGHTS(address) ((u32)(address))
#define WICK_MEMORY_AT(address) (wick_memory + (address))
#define WICK_WEIGHTS_AT(address) (wick_weights + (address))
#endif

// Traps where the bytes from `address` up to `address + end` are not all there.
WICK_INLINE void wick_check(u32 bytes, u32 offset, u32 end) {
  if (__builtin_expect(end > bytes || offset > bytes - end, 0)) wick_trap();
}
// A function that checks has the bounds in variables of its own: the compiler may then keep them in registers.
#define WICK_MEMORY_BOUNDS u32 memory_start = WICK_MEMORY(0u), memory_bytes = WICK_MEMORY_BYTES; __asm__("" : "+r"(memory_start))
#define WICK_WEIGHTS_BOUNDS u32 weights_start = WICK_WEIGHTS(0u), weights_bytes = WICK_WEIGHTS_BYTES; __asm__("" : "+r"(weights_start))
#define WICK_CHECK_MEMORY(address, end) wick_check(memory_bytes, (address) - memory_start, end)
#define WICK_CHECK_WEIGHTS(address, end) wick_check(weights_bytes, (address) - weights_start, end)

// Traps at an address that is no multiple of a power of two.
#define WICK_CHECK_ALIGNED(address, alignment) \
  do { if (__builtin_expect((address) & ((alignment) - 1u), 0)) wick_trap(); } while (0)

#ifdef WICK_CHECK_ACCESS
#define WICK_CHECK_IN(region, address, type) wick_check(WICK_##region##_BYTES, (address) - WICK_##region(0u), sizeof(type))
#else
#define WICK_CHECK_IN(region, address, type)
#endif

// Memory holds values of several types, at addresses that are multiples of `alignment`.
#define WICK_ELEMENT(type, alignment) __attribute__((may_alias, aligned(alignment))) type

#define WICK_LOAD(name, type, alignment, result)                       \
  WICK_INLINE result wick_##name(u32 base, u32 offset) {               \
    typedef WICK_ELEMENT(type, alignment) element;                     \
    WICK_CHECK_IN(MEMORY, base + offset, type);             \
    return (result)*(const element *)WICK_MEMORY_AT(base + offset);    \
  }
#define WICK_STORE(name, type, alignment, value_type)                  \
  WICK_INLINE void wick_##name(u32 base, u32 offset, value_type value) { \
    typedef WICK_ELEMENT(type, alignment) element;                     \
    WICK_CHECK_IN(MEMORY, base + offset, type);             \
    *(element *)WICK_MEMORY_AT(base + offset) = (type)value;           \
  }
#define WICK_WEIGHT(name, type)                                        \
  WICK_INLINE u32 wick_weight_##name(u32 base, u32 offset) {           \
    typedef WICK_ELEMENT(type, sizeof(type)) element;                  \
    WICK_CHECK_IN(WEIGHTS, base + offset, type);            \
    return (u32)(s32)*(const element *)WICK_WEIGHTS_AT(base + offset); \
  }

WICK_LOAD(u32_load, u32, 4, u32)
// Copies of bytes, four at a time.
WICK_LOAD(u32_load_unaligned, u32, 1, u32)
WICK_STORE(u32_store_unaligned, u32, 1, u32)
WICK_LOAD(u32_load8_s, s8, 1, u32)
WICK_LOAD(u32_load8_u, u8, 1, u32)
WICK_LOAD(u32_load16_s, s16, 2, u32)
WICK_LOAD(u32_load16_u, u16, 2, u32)
WICK_LOAD(u64_load, u64, 8, u64)
WICK_LOAD(u64_load8_s, s8, 1, u64)
WICK_LOAD(u64_load8_u, u8, 1, u64)
WICK_LOAD(u64_load16_s, s16, 2, u64)
WICK_LOAD(u64_load16_u, u16, 2, u64)
WICK_LOAD(u64_load32_s, s32, 4, u64)
WICK_LOAD(u64_load32_u, u32, 4, u64)
WICK_LOAD(f32_load, f32, 4, f32)
WICK_STORE(u32_store, u32, 4, u32)
WICK_STORE(u32_store8, u8, 1, u32)
WICK_STORE(u32_store16, u16, 2, u32)
WICK_STORE(u64_store, u64, 8, u64)
WICK_STORE(u64_store8, u8, 1, u64)
WICK_STORE(u64_store16, u16, 2, u64)
WICK_STORE(u64_store32, u32, 4, u64)
WICK_STORE(f32_store, f32, 4, f32)
WICK_WEIGHT(load8, s8)
WICK_WEIGHT(load32, s32)

// On signed values, or gcc recognizes neither. A saturation it does not find by itself where several share the bounds.
WICK_INLINE u32 wick_max(u32 x, u32 y) {
  const s32 a = (s32)x, b = (s32)y;
  return (u32)(a > b ? a : b);
}
WICK_INLINE u32 wick_min(u32 x, u32 y) {
  const s32 a = (s32)x, b = (s32)y;
  return (u32)(a < b ? a : b);
}
WICK_INLINE u32 wick_clamp(u32 x, u32 low, u32 high) {
#ifdef __ARM_FEATURE_SAT
  if (__builtin_constant_p(low) && __builtin_constant_p(high) && (s32)low >= -128 && high == 127)
    return low == (u32)-128 ? (u32)__ssat((s32)x, 8) : wick_max((u32)__ssat((s32)x, 8), low);
#endif
  return wick_min(wick_max(x, low), high);
}

// round(a * b / 2^32) + c. The instruction is one of the DSP extension, which gcc 12 has no other name for.
WICK_INLINE u32 wick_high_product(u32 a, u32 b, u32 c) {
#ifdef __ARM_FEATURE_DSP
  u32 result;
  if (__builtin_constant_p(c) && c == 0) {
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  } else {
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
  }
  return result;
#else
  return (u32)(((s64)(s32)a * (s32)b + 0x80000000) >> 32) + c;
#endif
}

WICK_INLINE u32 wick_rotate_right(u32 x, u32 bits) { return x >> (bits & 31u) | x << (-bits & 31u); }
WICK_INLINE u32 wick_clz32(u32 x) { return x ? (u32)__builtin_clz(x) : 32u; }
WICK_INLINE u64 wick_clz64(u64 x) { return x ? (u64)__builtin_clzll(x) : 64u; }

WICK_INLINE f32 wick_float_of(u32 bits) {
  union { u32 bits; f32 value; } both = {bits};
  return both.value;
}

#endif
