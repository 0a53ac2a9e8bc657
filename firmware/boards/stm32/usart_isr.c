// The USART of the STM32F7, G0 and H7: status in ISR, data in RDR and TDR (reference manual RM0385, RM0444 or RM0433, USART
// registers).
#include "board.h"
#include "registers.h"
#include "uart.h"

#define USART_CR1 REGISTER(UART_BASE + 0x00)
#define USART_BRR REGISTER(UART_BASE + 0x0c)
#define USART_ISR REGISTER(UART_BASE + 0x1c)
#define USART_ICR REGISTER(UART_BASE + 0x20)
#define USART_RDR REGISTER(UART_BASE + 0x24)
#define USART_TDR REGISTER(UART_BASE + 0x28)

enum { CR1_UE = 1 << 0, CR1_RE = 1 << 2, CR1_TE = 1 << 3, CR1_RXNEIE = 1 << 5 };
enum { ISR_ORE = 1 << 3, ISR_RXNE = 1 << 5, ISR_TXE = 1 << 7 };
enum { ICR_ORECF = 1 << 3 };

// BRR has 16 bits, and a bit takes 16 samples.
_Static_assert(UART_CLOCK_HZ / UART_BAUD >= 16 && UART_CLOCK_HZ / UART_BAUD < 0xffff,
               "the clock of the serial port cannot be divided to this baud rate");

void uart_start(void) {
  // 16 samples a bit: the clock over the baud rate.
  USART_BRR = (UART_CLOCK_HZ + UART_BAUD / 2) / UART_BAUD;
  USART_CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

int uart_take(void) {
  const uint32_t status = USART_ISR;
  // An overrun asks for the interrupt until it is cleared.
  if (status & ISR_ORE) USART_ICR = ICR_ORECF;
  return status & ISR_RXNE ? (int)(USART_RDR & 0xff) : -1;
}

void board_write(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    wait_until_set(&USART_ISR, ISR_TXE);
    USART_TDR = bytes[i];
  }
}
