// An inference engine. Each folder beside this file implements these functions; a firmware holds one engine.
#ifndef WICK_ENGINE_H
#define WICK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The version of what model and firmware agree on. A model made for another one is refused.
#define WICK_ABI_VERSION 1

// Also the status codes of the protocol (docs/protocol.md); 0 is success.
enum wick_status {
  WICK_OK = 0,
  // The request is not one that the firmware knows, or its length is wrong.
  WICK_BAD_REQUEST = 1,
  // There is no such input, output or layer, or the bytes are not as many as it has.
  WICK_BAD_ARGUMENT = 2,
  // The model was made for another version of WICK_ABI_VERSION.
  WICK_BAD_ABI = 3,
  // The weights in flash are not the ones that the model was built with.
  WICK_BAD_WEIGHTS = 4,
  // The model trapped: an access out of bounds, or code that must not be reached.
  WICK_TRAP = 5,
  // The model needs more memory than the engine has.
  WICK_NO_MEMORY = 6,
  // The engine has no such function.
  WICK_UNSUPPORTED = 7,
  // The device has started anew since the host asked who is there, or a request was left out.
  WICK_OUT_OF_ORDER = 8,
};

struct wick_description {
  // "native", "wamr-fast", ...
  const char *engine;
  const char *model;
  // Of the graph and its weights; the host knows the model by it.
  uint8_t model_sha256[32];
  // Of the weights as they lie in flash.
  const uint8_t *weights;
  uint32_t weights_bytes;
  uint32_t weights_crc32;
  uint8_t weights_sha256[32];
  uint32_t abi_version;
  uint32_t arena_bytes;
  // All memory that the model uses: arena, state, and what an engine adds.
  uint32_t memory_bytes;
  uint32_t inputs, outputs, layers;
  // Whether accesses are checked: "none", "block" or "access".
  const char *checks;
};

struct wick_buffer {
  uint8_t *data;
  uint32_t bytes;
};

// Makes the model ready: checks its ABI and the CRC-32 of its weights, and clears its state.
enum wick_status engine_load(void);

// Valid before engine_load too.
const struct wick_description *engine_describe(void);

// Where the input is to be written; no data where there is no such input, or no model is loaded.
struct wick_buffer engine_input(uint32_t index);

// Runs all layers. After a trap the engine can be used again once engine_load has succeeded.
enum wick_status engine_infer(void);

// Runs one layer on what the ones before it left in memory.
enum wick_status engine_run_layer(uint32_t layer);

// What the last inference gave.
struct wick_buffer engine_output(uint32_t index);

#endif
