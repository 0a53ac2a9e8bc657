// An engine whose model is max(x, ZERO_POINT): few enough lines for any processor, and a model that the host
// has too. The first byte of the input can make an inference go wrong.
#include "engine.h"

#include "facts.h"

// What the first byte of the input makes of an inference.
enum { is_endless = 0x55, is_wrong = 0x56, is_fault = 0x57 };

static int8_t values[PORT_BYTES];
static const uint8_t weights[] = {1, 2, 3, 4};

static const struct wick_description description = {
    .engine = "relu",
    .model = MODEL_NAME,
    .model_sha256 = {MODEL_SHA256},
    .weights = weights,
    .weights_bytes = sizeof weights,
    .weights_crc32 = WEIGHTS_CRC32,
    .weights_sha256 = {WEIGHTS_SHA256},
    .abi_version = WICK_ABI_VERSION,
    .arena_bytes = PORT_BYTES,
    .memory_bytes = PORT_BYTES,
    .inputs = 1,
    .outputs = 1,
    .layers = 1,
    .checks = "none",
};

const struct wick_description *engine_describe(void) { return &description; }

enum wick_status engine_load(void) { return WICK_OK; }

// The output takes the place of the input.
struct wick_buffer engine_input(uint32_t index) {
  return index == 0 ? (struct wick_buffer){(uint8_t *)values, PORT_BYTES} : (struct wick_buffer){0, 0};
}

struct wick_buffer engine_output(uint32_t index) { return engine_input(index); }

enum wick_status engine_run_layer(uint32_t layer) {
  if (layer > 0) return WICK_BAD_ARGUMENT;
  volatile const int8_t *first = values;
  while (*first == is_endless) {
  }
  // Where a microcontroller has nothing.
  if (*first == is_fault) values[0] = *(volatile int8_t *)0x60000000;
  const bool wrong = values[0] == is_wrong;
  for (uint32_t i = 0; i < PORT_BYTES; i++)
    if (values[i] < ZERO_POINT) values[i] = ZERO_POINT;
  if (wrong) values[PORT_BYTES - 1] ^= 1;
  return WICK_OK;
}

enum wick_status engine_infer(void) { return engine_run_layer(0); }
