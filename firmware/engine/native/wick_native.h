// What the engine needs of a generated model beside wick_model.h.
#ifndef WICK_NATIVE_H
#define WICK_NATIVE_H

#include "engine.h"

extern const struct wick_description wick_native_description;
extern const uint32_t wick_input_bytes[], wick_output_bytes[];
extern const uint8_t wick_weights[];

// `layer` is less than the description's layers. Returns 0 or WICK_TRAP.
int32_t wick_run_layer(uint32_t layer);

#endif
