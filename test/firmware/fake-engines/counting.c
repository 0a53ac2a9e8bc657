// An engine whose model does as test/support/fake-firmware.ts says, so that a request that is left out, or done twice,
// changes what comes out. The first byte of input 0 can make an inference go wrong.
#define _GNU_SOURCE
#include "engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "facts.h"
#include "fake.h"

enum { first_bytes = 600, second_bytes = 5, layer_count = 3, weights_most = 1000 };
// What the first byte of input 0 makes of an inference.
enum { traps = 0xee, faults = 0xdd, lasts = 0xcc };

static uint8_t first[first_bytes], second[second_bytes], inferences[4];
static uint8_t weights[weights_most];
static bool is_loaded;
static struct wick_description description = {
    .engine = "fake",
    .model = MODEL_NAME,
    .model_sha256 = {MODEL_SHA256},
    .weights = weights,
    .weights_crc32 = WEIGHTS_CRC32,
    .weights_sha256 = {WEIGHTS_SHA256},
    .abi_version = WICK_ABI_VERSION,
    .arena_bytes = 640,
    .memory_bytes = 700,
    .inputs = 2,
    .outputs = 2,
    .layers = layer_count,
    .checks = "none",
};

static uint32_t number(const char *name, uint32_t otherwise) {
  const char *text = getenv(name);
  return text == 0 ? otherwise : (uint32_t)atoi(text);
}

const struct wick_description *engine_describe(void) {
  description.abi_version = number("WICK_ABI", WICK_ABI_VERSION);
  description.weights_bytes = number("WICK_WEIGHTS", weights_most);
  for (uint32_t i = 0; i < weights_most; i++) weights[i] = (uint8_t)(i * i >> 3);
  // One bit.
  if (getenv("WICK_CORRUPT") != 0) weights[number("WICK_CORRUPT", 0)] ^= 4;
  return &description;
}

enum wick_status engine_load(void) {
  const struct wick_description *model = engine_describe();
  is_loaded = false;
  if (model->abi_version != WICK_ABI_VERSION) return WICK_BAD_ABI;
  if (getenv("WICK_CORRUPT") != 0) return WICK_BAD_WEIGHTS;
  for (uint32_t i = 0; i < sizeof inferences; i++) inferences[i] = 0;
  is_loaded = true;
  return WICK_OK;
}

static struct wick_buffer buffer(uint8_t *data, uint32_t bytes) {
  return is_loaded ? (struct wick_buffer){data, bytes} : (struct wick_buffer){0, 0};
}

struct wick_buffer engine_input(uint32_t index) {
  if (index == 0) return buffer(first, first_bytes);
  return index == 1 ? buffer(second, second_bytes) : (struct wick_buffer){0, 0};
}

// Output 0 lies where input 0 was, as in an arena.
struct wick_buffer engine_output(uint32_t index) {
  if (index == 0) return buffer(first, first_bytes);
  return index == 1 ? buffer(inferences, sizeof inferences) : (struct wick_buffer){0, 0};
}

enum wick_status engine_infer(void) {
  fake_spend(1000);
  if (first[0] == traps) {
    is_loaded = false;
    return WICK_TRAP;
  }
  if (first[0] == faults) fake_fault();
  if (first[0] == lasts) usleep(400 * 1000);
  inferences[0]++;
  for (uint32_t i = 0; i < first_bytes; i++) first[i] = (uint8_t)(first[i] * 3 + second[i % second_bytes] + inferences[0]);
  return WICK_OK;
}

enum wick_status engine_run_layer(uint32_t layer) {
  if (layer >= layer_count) return WICK_BAD_ARGUMENT;
  fake_spend(100 * (layer + 1));
  for (uint32_t i = 0; i < first_bytes; i++) first[i] = (uint8_t)(first[i] * 2 + layer);
  return WICK_OK;
}
