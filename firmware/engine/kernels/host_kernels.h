// Kernels that the firmware offers to modules, which are not trusted: wick_kernels.c has them, generated for a set of models.
#ifndef WICK_HOST_KERNELS_H
#define WICK_HOST_KERNELS_H

#include <stdint.h>

// What a call may read and write. The memory starts at a multiple of 8, the weights at one of 16.
struct wick_place {
  uint8_t *memory;
  uint32_t memory_bytes;
  const uint8_t *weights;
  uint32_t weights_bytes;
};

// Bytes behind an argument that is an address.
struct wick_region {
  uint8_t argument;
  uint8_t is_weights;
  // Of what the address must be a multiple.
  uint8_t alignment;
  uint32_t bytes;
};

// A kernel for calls with certain numbers.
struct wick_shape {
  // As many as the kernel has.
  const uint32_t *numbers;
  const struct wick_region *regions;
  void (*run)(const uint32_t *arguments);
};

struct wick_host_kernel {
  const char *name;
  uint8_t arguments;
  // The arguments that are numbers; the others are addresses.
  uint8_t numbers;
  const uint8_t *places_of_numbers;
  uint32_t shapes;
  const struct wick_shape *shape;
  // For all numbers and addresses; every access is checked.
  void (*run)(const uint32_t *arguments);
};

extern const struct wick_host_kernel wick_host_kernels[];
extern const uint32_t wick_host_kernel_count;

// Runs a kernel of wick_host_kernels with as many arguments as it takes, whatever they are. Returns 0, or 5 (WICK_TRAP) where
// it would have read or written elsewhere than in `place`; what it wrote until then stays.
int32_t wick_run_host_kernel(const struct wick_host_kernel *kernel, const uint32_t *arguments,
                             const struct wick_place *place);

#endif
