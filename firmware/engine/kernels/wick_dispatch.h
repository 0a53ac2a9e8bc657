// What wick_kernels.c holds beside the kernels: which of them takes a call. Include it in front of them.
#ifndef WICK_DISPATCH_H
#define WICK_DISPATCH_H

#include <setjmp.h>
#include <stdbool.h>

#include "host_kernels.h"

#define WICK_HOSTED
#include "wick_runtime.h"

#define WICK_TRAPPED 5

static jmp_buf wick_trapped;
static _Noreturn void wick_trap(void) { longjmp(wick_trapped, 1); }

// Of an argument that is an address in either.
#define WICK_EITHER(is_weights, address) ((is_weights) ? WICK_WEIGHTS(address) : WICK_MEMORY(address))

static bool wick_fits(const struct wick_region *region, const u32 *arguments) {
  const u32 address = arguments[region->argument];
  const u32 bytes = region->is_weights ? wick_weights_bytes : wick_memory_bytes;
  return (address & (region->alignment - 1u)) == 0 && region->bytes <= bytes && address <= bytes - region->bytes;
}

// Whether a call is one that the shape's function was made for.
static bool wick_takes(const struct wick_host_kernel *kernel, const struct wick_shape *shape, const u32 *arguments) {
  for (u32 index = 0; index < kernel->numbers; index++) {
    if (arguments[kernel->places_of_numbers[index]] != shape->numbers[index]) return false;
  }
  for (u32 index = 0; index + kernel->numbers < kernel->arguments; index++) {
    if (!wick_fits(&shape->regions[index], arguments)) return false;
  }
  return true;
}

int32_t wick_run_host_kernel(const struct wick_host_kernel *kernel, const u32 *arguments,
                             const struct wick_place *place) {
  if (setjmp(wick_trapped)) return WICK_TRAPPED;
  wick_memory = place->memory;
  wick_memory_bytes = place->memory_bytes;
  wick_weights = place->weights;
  wick_weights_bytes = place->weights_bytes;
  for (u32 index = 0; index < kernel->shapes; index++) {
    if (!wick_takes(kernel, &kernel->shape[index], arguments)) continue;
    kernel->shape[index].run(arguments);
    return 0;
  }
  kernel->run(arguments);
  return 0;
}

#endif
