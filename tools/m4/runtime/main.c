// Runs one layer, compares its output with what the reference gave, and prints the instructions that it took.
#include <stdint.h>

#include "board.h"
#include "layer.h"

static char *decimal(uint32_t value, char *end) {
  *--end = 0;
  do {
    *--end = (char)('0' + value % 10);
  } while ((value /= 10) != 0);
  return end;
}

static void print(const char *label, uint32_t value) {
  char text[12];
  board_write(label);
  board_write(decimal(value, text + sizeof text));
  board_write("\n");
}

void wick_trap(void) {
  board_write("trap\n");
  board_exit(2);
}

static void load_inputs(void) {
  for (uint32_t i = 0; i < LAYER_INPUTS; i++) {
    const struct region *input = &layer_inputs[i];
    for (uint32_t k = 0; k < input->bytes; k++) layer_memory[input->address + k] = input->data[k];
  }
}

int main(void) {
  board_start_timer();
  uint32_t start = board_ticks();
  const uint32_t overhead = board_ticks() - start;

  load_inputs();
  start = board_ticks();
  layer_run();
  const uint32_t ticks = board_ticks() - start - overhead;

  for (uint32_t k = 0; k < layer_output.bytes; k++) {
    if (layer_memory[layer_output.address + k] == layer_output.data[k]) continue;
    print("difference at ", k);
    return 1;
  }
  print("instructions ", ticks);
  return 0;
}
