#include "receive.h"

#include "board.h"
#include "registers.h"
#include "uart.h"

enum { ring_bytes = 512 };

// The handler alone moves `head`, board_read alone `tail`; both run on and wrap with their type. All are volatile, or a byte might
// be read once its place is free for the next.
static volatile uint8_t ring[ring_bytes];
static volatile uint32_t head, tail;

_Static_assert((ring_bytes & (ring_bytes - 1)) == 0, "indices that wrap need a power of two");

void receive_start(void) { NVIC_ISER(UART_IRQ) = NVIC_BIT(UART_IRQ); }

void receive_interrupt(void) {
  while (head - tail < ring_bytes) {
    const int byte = uart_take();
    if (byte < 0) return;
    ring[head % ring_bytes] = (uint8_t)byte;
    head++;
  }
  // Full: the next byte waits in the UART until board_read has made room. A line that goes on overruns there, and
  // the protocol gets over it; QEMU holds its bytes back.
  NVIC_ICER(UART_IRQ) = NVIC_BIT(UART_IRQ);
}

int board_read(void) {
  if (head == tail) return -1;
  const uint8_t byte = ring[tail % ring_bytes];
  tail++;
  NVIC_ISER(UART_IRQ) = NVIC_BIT(UART_IRQ);
  return byte;
}
