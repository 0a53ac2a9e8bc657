// Tries what board.h promises, at the command of a letter; see test/firmware/boards-in-qemu.test.ts.
#include "board.h"

static void print(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  board_write((const uint8_t *)text, length);
}

static void print_number(const char *label, uint32_t value) {
  char text[12];
  char *at = text + sizeof text;
  *--at = 0;
  *--at = '\n';
  do {
    *--at = (char)('0' + value % 10);
  } while ((value /= 10) != 0);
  print(label);
  print(at);
}

static uint8_t next(void) {
  int byte;
  while ((byte = board_read()) < 0) {
  }
  return (uint8_t)byte;
}

// Three instructions a turn.
static void spin(uint32_t turns) {
  __asm__ volatile(
      ".syntax unified\n"
      "1: nop\n"
      "subs %0, #1\n"
      "bne 1b\n"
      : "+l"(turns)
      :
      : "cc");
}

__attribute__((noinline)) static uint32_t use_stack(uint32_t words) {
  volatile uint32_t frame[64];
  frame[words % 64] = words;
  return words <= 64 ? frame[words] : use_stack(words - 64) + frame[0];
}

static uint32_t initialized = 41;
static uint32_t zeroed;

int main(void) {
  board_init();
  print("start ");
  print(board_name);
  print_number(" reason ", board_start_reason());
  initialized++;
  zeroed++;
  print_number("variables ", initialized + zeroed);
  for (;;) {
    switch (next()) {
      // Is busy, as an inference is, before it sends back two bytes' number of bytes.
      case 'e': {
        uint32_t count = next();
        count |= (uint32_t)next() << 8;
        spin(1000000);
        for (; count > 0; count--) {
          const uint8_t byte = next();
          board_write(&byte, 1);
        }
        break;
      }
      case 't': {
        const uint32_t start = board_ticks();
        spin(100000);
        print_number("ticks ", (board_ticks() - start) & board_ticks_mask);
        break;
      }
      case 's':
        print_number("before ", board_stack_used());
        use_stack(256);
        print_number("after ", board_stack_used());
        break;
      case 'b':
        print_number("stack ", board_stack_bytes());
        break;
      case 'r':
        board_reset();
      case 'f':
        __asm__ volatile("udf #0");
        break;
      case 'w':
        print(board_fault_address() != 0 ? "where yes\n" : "where no\n");
        break;
      case 'o':
        use_stack(1 << 20);
        break;
    }
  }
}
