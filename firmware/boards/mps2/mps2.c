// Arm's MPS2 as QEMU emulates it, the same with the FPGA images AN385 (Cortex-M3), AN386 (M4) and AN500 (M7).
#include "board.h"
#include "caches.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

#define UART_DATA REGISTER(UART_BASE + 0x00)
#define UART_STATE REGISTER(UART_BASE + 0x04)
#define UART_CTRL REGISTER(UART_BASE + 0x08)
#define UART_INTCLEAR REGISTER(UART_BASE + 0x0c)
#define UART_BAUDDIV REGISTER(UART_BASE + 0x10)

enum { STATE_TX_FULL = 1 << 0, STATE_RX_FULL = 1 << 1 };
enum { CTRL_TX = 1 << 0, CTRL_RX = 1 << 1, CTRL_RX_INTERRUPT = 1 << 3 };
enum { INT_RX = 1 << 1 };

// TIMER0 counts down at the core's clock of 25 MHz.
#define TIMER_CTRL REGISTER(0x40000000u)
#define TIMER_VALUE REGISTER(0x40000004u)
#define TIMER_RELOAD REGISTER(0x40000008u)
// QEMU takes 1 ns an instruction with -icount shift=0: an inference is counted to the next 40.
#define INSTRUCTIONS_A_TICK 40

const uint32_t board_ticks_mask = 0xffffffffu;
const uint32_t board_ticks_hz = 0;

_Static_assert(UART_CLOCK_HZ / UART_BAUD >= 16 && UART_CLOCK_HZ / UART_BAUD < 1 << 20,
               "the clock of the serial port cannot be divided to this baud rate");

void uart_start(void) {
  UART_BAUDDIV = UART_CLOCK_HZ / UART_BAUD;
  UART_CTRL = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
  // QEMU looks for bytes again only when one is taken: without this the first comes up to a second late.
  (void)UART_DATA;
}

int uart_take(void) {
  if ((UART_STATE & STATE_RX_FULL) == 0) return -1;
  // Before the byte is taken: the next one may come at once, and its interrupt must stay.
  UART_INTCLEAR = INT_RX;
  return (int)(UART_DATA & 0xff);
}

void board_write(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    while (UART_STATE & STATE_TX_FULL) {
    }
    UART_DATA = bytes[i];
  }
}

void board_init(void) {
#ifdef CORTEX_M7
  caches_start();
#endif
  uart_start();
  receive_start();
  TIMER_RELOAD = 0xffffffffu;
  TIMER_VALUE = 0xffffffffu;
  TIMER_CTRL = 1;
}

uint32_t board_ticks(void) { return (0xffffffffu - TIMER_VALUE) * INSTRUCTIONS_A_TICK; }
