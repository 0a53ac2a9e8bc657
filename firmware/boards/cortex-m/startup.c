// From reset to main: vectors, memory, the painted stack, and what happens on a fault.
#include "board.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

// Places that the linker script names.
extern uint32_t stack_bottom[], stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

int main(void);
void reset(void);

const char board_name[] = BOARD_NAME;

// What the run before this one left. `check` tells it from what RAM holds after power on.
static struct {
  uint32_t reason;
  uint32_t address;
  uint32_t check;
} last_run __attribute__((section(".noinit")));

static const uint32_t check_key = 0x5749434bu;

// Any word that code rarely writes.
static const uint32_t paint = 0xc5c5c5c5u;

static uint32_t check_of(uint32_t reason, uint32_t address) { return check_key ^ reason ^ ~address; }

_Noreturn static void restart(enum board_start reason, uint32_t address) {
  last_run.reason = reason;
  last_run.address = address;
  last_run.check = check_of(reason, address);
#ifdef CORTEX_M7
  // DCCMVAC: what is in the data cache alone is lost by the reset.
  __asm__ volatile("dsb" ::: "memory");
  REGISTER(0xe000ef68u) = (uint32_t)&last_run;
  REGISTER(0xe000ef68u) = (uint32_t)(&last_run + 1) - 1;
#endif
  __asm__ volatile("dsb" ::: "memory");
  SCB_AIRCR = SCB_AIRCR_RESET;
  for (;;) {
  }
}

// The core pushed eight words: r0 to r3, r12, lr, pc, psr.
__attribute__((used)) _Noreturn static void on_fault(const uint32_t *frame) {
  if (frame < stack_bottom || frame + 8 > stack_top) restart(BOARD_START_STACK, 0);
  restart(BOARD_START_FAULT, frame[6]);
}

// The stack may be what is broken, so it is set up anew before anything is called.
__attribute__((naked)) static void fault(void) {
  __asm__ volatile(
      "mrs r0, msp\n"
      "ldr r1, =stack_top\n"
      "mov sp, r1\n"
      "bl on_fault\n"
      ".ltorg\n");
}

// The initial stack pointer, the handlers of the core, then those of the interrupts up to the UART's.
typedef void (*handler)(void);
__attribute__((section(".vectors"), used)) static const struct {
  const uint32_t *stack;
  handler core[15];
  handler interrupts[UART_IRQ + 1];
} vectors = {
    .stack = stack_top,
    .core = {[0] = reset, [1 ... 14] = fault},
    .interrupts = {
#if UART_IRQ > 0
        [0 ... UART_IRQ - 1] = fault,
#endif
        [UART_IRQ] = receive_interrupt},
};

void reset(void) {
  // A boot loader may have set another one.
  SCB_VTOR = (uint32_t)&vectors;
  for (uint32_t *to = data_start, *from = data_load; to < data_end;) *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;

  if (last_run.check != check_of(last_run.reason, last_run.address)) {
    last_run.reason = BOARD_START_POWER;
    last_run.address = 0;
  }
  // The reset pin leaves RAM as it is: the reason must not hold twice.
  last_run.check = 0;

  // Volatile, or it becomes a call of memset, whose frame would lie where it paints.
  uint32_t *sp;
  __asm__ volatile("mov %0, sp" : "=r"(sp));
  for (volatile uint32_t *word = stack_bottom; word < sp; word++) *word = paint;

  main();
  board_reset();
}

uint32_t board_stack_used(void) {
  const uint32_t *word = stack_bottom;
  while (word < stack_top && *word == paint) word++;
  return (uint32_t)(stack_top - word) * 4;
}

uint32_t board_stack_bytes(void) { return (uint32_t)(stack_top - stack_bottom) * 4; }

_Noreturn void board_reset(void) { restart(BOARD_START_RESET, 0); }

enum board_start board_start_reason(void) { return (enum board_start)last_run.reason; }

uint32_t board_fault_address(void) { return last_run.address; }
