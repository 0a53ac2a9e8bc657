// Startup, output and timer of the STM32F405 as QEMU emulates it (machine netduinoplus2).
#include <stdint.h>

#include "board.h"

extern uint32_t stack_top, data_start, data_end, data_load, bss_start, bss_end;

int main(void);

static void reset(void) {
  uint32_t *from = &data_load;
  for (uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  board_exit(main());
}

static void fault(void) {
  board_write("fault\n");
  board_exit(3);
}

// The initial stack pointer, then the handlers of reset, NMI and the faults.
__attribute__((section(".vectors"), used)) static const void *const vectors[7] = {
    &stack_top, (void *)reset, (void *)fault, (void *)fault,
    (void *)fault, (void *)fault, (void *)fault};

static uint32_t semihosting(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_write(const char *text) { semihosting(0x04, text); }

void board_exit(int status) {
  // SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit.
  const uint32_t block[2] = {0x20026, (uint32_t)status};
  semihosting(0x20, block);
  for (;;) {
  }
}

#define TIM2 ((volatile uint32_t *)0x40000000)
enum { control = 0x00 / 4, event = 0x14 / 4, counter = 0x24 / 4, prescaler = 0x28 / 4, reload = 0x2c / 4 };

// QEMU clocks TIM2 at 1 GHz of virtual time: with -icount shift=0 a tick an instruction.
void board_start_timer(void) {
  TIM2[prescaler] = 0;
  TIM2[reload] = 0xffffffffu;
  TIM2[event] = 1;
  TIM2[control] = 1;
}

uint32_t board_ticks(void) { return TIM2[counter]; }

// What gcc may call for loops that copy or fill.
void *memcpy(void *to, const void *from, unsigned bytes) {
  uint8_t *t = to;
  const uint8_t *f = from;
  while (bytes--) *t++ = *f++;
  return to;
}
void *memset(void *to, int value, unsigned bytes) {
  uint8_t *t = to;
  while (bytes--) *t++ = (uint8_t)value;
  return to;
}
