// The model as Thumb code: translated to C and compiled with the firmware. Its weights are read where they lie in flash.
#include "crc32.h"
#include "wick_model.h"
#include "wick_native.h"

static bool is_loaded;

enum wick_status engine_load(void) {
  const struct wick_description *model = engine_describe();
  is_loaded = false;
  if (model->abi_version != WICK_ABI_VERSION) return WICK_BAD_ABI;
  if (crc32(model->weights, model->weights_bytes) != model->weights_crc32) return WICK_BAD_WEIGHTS;
  wick_init();
  is_loaded = true;
  return WICK_OK;
}

const struct wick_description *engine_describe(void) { return &wick_native_description; }

struct wick_buffer engine_input(uint32_t index) {
  const struct wick_buffer none = {NULL, 0};
  if (!is_loaded || index >= engine_describe()->inputs) return none;
  const struct wick_buffer buffer = {wick_input(index), wick_input_bytes[index]};
  return buffer;
}

struct wick_buffer engine_output(uint32_t index) {
  const struct wick_buffer none = {NULL, 0};
  if (!is_loaded || index >= engine_describe()->outputs) return none;
  // The caller reads it; the type is shared with inputs.
  const struct wick_buffer buffer = {(uint8_t *)(uintptr_t)wick_output(index), wick_output_bytes[index]};
  return buffer;
}

// A model that trapped has left its memory, and perhaps its state, half way.
static enum wick_status finish(int32_t status) {
  if (status == 0) return WICK_OK;
  is_loaded = false;
  return WICK_TRAP;
}

enum wick_status engine_infer(void) {
  if (!is_loaded) return WICK_BAD_ARGUMENT;
  return finish(wick_infer());
}

enum wick_status engine_run_layer(uint32_t layer) {
  if (!is_loaded || layer >= engine_describe()->layers) return WICK_BAD_ARGUMENT;
  return finish(wick_run_layer(layer));
}
