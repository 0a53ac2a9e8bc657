// The Netduino Plus 2 as QEMU emulates it. QEMU has no clock control and no pins, so nothing is set up for them here.
#include "board.h"
#include "receive.h"
#include "registers.h"
#include "uart.h"

// TIM2, whose counter has 32 bits.
#define TIM2_CR1 REGISTER(0x40000000u)
#define TIM2_EGR REGISTER(0x40000014u)
#define TIM2_CNT REGISTER(0x40000024u)
#define TIM2_PSC REGISTER(0x40000028u)
#define TIM2_ARR REGISTER(0x4000002cu)

const uint32_t board_ticks_mask = 0xffffffffu;
const uint32_t board_ticks_hz = 0;

void board_init(void) {
  uart_start();
  receive_start();
  // QEMU clocks it at 1 GHz of virtual time: with -icount shift=0 a tick an instruction.
  TIM2_PSC = 0;
  TIM2_ARR = 0xffffffffu;
  TIM2_EGR = 1;
  TIM2_CR1 = 1;
}

uint32_t board_ticks(void) { return TIM2_CNT; }
