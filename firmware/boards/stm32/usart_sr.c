// The USART of the STM32F1, F2 and F4: status in SR, data in DR (reference manual RM0008, RM0090 or RM0390, USART registers).
#include "board.h"
#include "registers.h"
#include "uart.h"

#define USART_SR REGISTER(UART_BASE + 0x00)
#define USART_DR REGISTER(UART_BASE + 0x04)
#define USART_BRR REGISTER(UART_BASE + 0x08)
#define USART_CR1 REGISTER(UART_BASE + 0x0c)

enum { SR_ORE = 1 << 3, SR_RXNE = 1 << 5, SR_TXE = 1 << 7 };
enum { CR1_RE = 1 << 2, CR1_TE = 1 << 3, CR1_RXNEIE = 1 << 5, CR1_UE = 1 << 13 };

// BRR has 16 bits, and a bit takes 16 samples.
_Static_assert(UART_CLOCK_HZ / UART_BAUD >= 16 && UART_CLOCK_HZ / UART_BAUD < 0xffff,
               "the clock of the serial port cannot be divided to this baud rate");

void uart_start(void) {
  // In sixteenths of the divider, 16 samples a bit: the clock over the baud rate.
  USART_BRR = (UART_CLOCK_HZ + UART_BAUD / 2) / UART_BAUD;
  USART_CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
}

int uart_take(void) {
  const uint32_t status = USART_SR;
  if ((status & (SR_RXNE | SR_ORE)) == 0) return -1;
  // Reading DR after SR also clears an overrun, which would ask for the interrupt for ever.
  const uint32_t data = USART_DR;
  return status & SR_RXNE ? (int)(data & 0xff) : -1;
}

void board_write(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    wait_until_set(&USART_SR, SR_TXE);
    USART_DR = bytes[i];
  }
}
