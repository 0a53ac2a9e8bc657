// What the functions that wasm2c writes need to run without an engine: their types, and loads and stores of linear memory.
// WICK_CHECK_ACCESS adds a bounds check to every access; without it the accesses must be known to be in bounds.
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

// Linear memory. Eight bytes of alignment let gcc join two loads into one.
extern u8 wick_memory[];
// The model's weights, where the linker put them: in flash.
extern const u8 wick_weights[];
// Functions get machine addresses: offsets from one are part of a load, whereas a sum with an array's address is not.
#define WICK_MEMORY(address) ((u32)wick_memory + (address))
#define WICK_WEIGHTS(address) ((u32)wick_weights + (address))
// The bytes of both.
#ifndef WICK_MEMORY_BYTES
#error "WICK_MEMORY_BYTES says how large linear memory is"
#endif
#ifndef WICK_WEIGHTS_BYTES
#error "WICK_WEIGHTS_BYTES says how large the weights are"
#endif

__attribute__((noreturn)) void wick_trap(void);

#define WICK_INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

WICK_INLINE void wick_check(u32 bytes, u32 offset, u32 end) {
  if (UNLIKELY(end > bytes || offset > bytes - end)) wick_trap();
}
#define WICK_CHECK_MEMORY(address, end) wick_check(WICK_MEMORY_BYTES, (address) - WICK_MEMORY(0), end)
#define WICK_CHECK_WEIGHTS(address, end) wick_check(WICK_WEIGHTS_BYTES, (address) - WICK_WEIGHTS(0), end)

#ifdef WICK_CHECK_ACCESS
#define WICK_CHECK_IN(check, address, type) check(address, sizeof(type))
#else
#define WICK_CHECK_IN(check, address, type)
#endif

#define WICK_LOAD(name, type, result)                            \
  WICK_INLINE result wick_##name(u32 address) {                  \
    typedef type __attribute__((may_alias)) element;             \
    WICK_CHECK_IN(WICK_CHECK_MEMORY, address, type);             \
    return (result)*(const element *)address;                    \
  }
#define WICK_STORE(name, type, value_type)                       \
  WICK_INLINE void wick_##name(u32 address, value_type value) {  \
    typedef type __attribute__((may_alias)) element;             \
    WICK_CHECK_IN(WICK_CHECK_MEMORY, address, type);             \
    *(element *)address = (type)value;                           \
  }
#define WICK_WEIGHT(name, type)                                  \
  WICK_INLINE u32 wick_weight_##name(u32 p, u32 offset) {        \
    typedef type __attribute__((may_alias)) element;             \
    WICK_CHECK_IN(WICK_CHECK_WEIGHTS, p + offset, type);         \
    return (u32)(s32)*(const element *)(p + offset);            \
  }

WICK_LOAD(i32_load, u32, u32)
WICK_LOAD(i32_load8_s, s8, s32)
WICK_LOAD(i32_load8_u, u8, u32)
WICK_LOAD(i32_load16_s, s16, s32)
WICK_LOAD(i32_load16_u, u16, u32)
WICK_LOAD(i64_load, u64, u64)
WICK_LOAD(i64_load8_s, s8, s64)
WICK_LOAD(i64_load8_u, u8, u64)
WICK_LOAD(i64_load16_s, s16, s64)
WICK_LOAD(i64_load16_u, u16, u64)
WICK_LOAD(i64_load32_s, s32, s64)
WICK_LOAD(i64_load32_u, u32, u64)
WICK_LOAD(f32_load, f32, f32)
WICK_STORE(i32_store, u32, u32)
WICK_STORE(i32_store8, u8, u32)
WICK_STORE(i32_store16, u16, u32)
WICK_STORE(i64_store, u64, u64)
WICK_STORE(i64_store8, u8, u64)
WICK_STORE(i64_store16, u16, u64)
WICK_STORE(i64_store32, u32, u64)
WICK_STORE(f32_store, f32, f32)
WICK_WEIGHT(load8, s8)
WICK_WEIGHT(load32, s32)

// wasm2c passes the memory and a 64-bit address; addresses never wrap, so 32 bits hold them.
#define i32_load(memory, address) wick_i32_load((u32)(address))
#define i32_load8_s(memory, address) ((u32)wick_i32_load8_s((u32)(address)))
#define i32_load8_u(memory, address) wick_i32_load8_u((u32)(address))
#define i32_load16_s(memory, address) ((u32)wick_i32_load16_s((u32)(address)))
#define i32_load16_u(memory, address) wick_i32_load16_u((u32)(address))
#define i64_load(memory, address) wick_i64_load((u32)(address))
#define i64_load8_s(memory, address) ((u64)wick_i64_load8_s((u32)(address)))
#define i64_load8_u(memory, address) wick_i64_load8_u((u32)(address))
#define i64_load16_s(memory, address) ((u64)wick_i64_load16_s((u32)(address)))
#define i64_load16_u(memory, address) wick_i64_load16_u((u32)(address))
#define i64_load32_s(memory, address) ((u64)wick_i64_load32_s((u32)(address)))
#define i64_load32_u(memory, address) wick_i64_load32_u((u32)(address))
#define i32_store(memory, address, value) wick_i32_store((u32)(address), value)
#define i32_store8(memory, address, value) wick_i32_store8((u32)(address), value)
#define i32_store16(memory, address, value) wick_i32_store16((u32)(address), value)
#define i64_store(memory, address, value) wick_i64_store((u32)(address), value)
#define i64_store8(memory, address, value) wick_i64_store8((u32)(address), value)
#define i64_store16(memory, address, value) wick_i64_store16((u32)(address), value)
#define i64_store32(memory, address, value) wick_i64_store32((u32)(address), value)
#define f32_load(memory, address) wick_f32_load((u32)(address))
#define f32_store(memory, address, value) wick_f32_store((u32)(address), value)
#define Z_weightsZ_load8(instance, p, offset) wick_weight_load8(p, offset)
#define Z_weightsZ_load32(instance, p, offset) wick_weight_load32(p, offset)

// On signed values, or gcc recognizes neither. A saturation it does not find by itself where several share the bounds.
WICK_INLINE u32 wick_max(s32 x, s32 y) { return (u32)(x > y ? x : y); }
WICK_INLINE u32 wick_min(s32 x, s32 y) { return (u32)(x < y ? x : y); }
WICK_INLINE u32 wick_clamp(s32 x, s32 low, s32 high) {
#ifdef __ARM_FEATURE_SAT
  if (__builtin_constant_p(low) && __builtin_constant_p(high) && low >= -128 && high == 127)
    return low == -128 ? (u32)__ssat(x, 8) : wick_max(__ssat(x, 8), low);
#endif
  return wick_min((s32)wick_max(x, low), high);
}

// round(a * b / 2^32) + c. The instruction is one of the DSP extension, which gcc 12 has no other name for.
WICK_INLINE u32 wick_high_product(s32 a, s32 b, u32 c) {
#ifdef __ARM_FEATURE_DSP
  u32 result;
  if (__builtin_constant_p(c) && c == 0) {
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  } else {
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
  }
  return result;
#else
  return (u32)(((s64)a * b + 0x80000000) >> 32) + c;
#endif
}

#define FUNC_PROLOGUE
#define FUNC_EPILOGUE
#define UNREACHABLE wick_trap()

// The divisors of kernels are constants of the model, checked when it was compiled, and never 0 or -1.
#define I32_DIV_S(x, y) ((u32)((s32)(x) / (s32)(y)))
#define I32_REM_S(x, y) ((u32)((s32)(x) % (s32)(y)))
#define DIV_U(x, y) ((x) / (y))
#define REM_U(x, y) ((x) % (y))

WICK_INLINE f32 f32_reinterpret_i32(u32 bits) {
  union { u32 bits; f32 value; } both = {bits};
  return both.value;
}
#define wasm_fabsf(x) __builtin_fabsf(x)
#define copysignf(x, y) __builtin_copysignf(x, y)
// Kernels convert only what they have compared to be far inside int32.
#define I32_TRUNC_S_F32(x) ((u32)(s32)(x))

#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64u)

#endif
