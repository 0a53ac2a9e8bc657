// What receive.c asks of a board's UART. A board's chip.h says which interrupt it has: UART_IRQ.
#ifndef WICK_UART_H
#define WICK_UART_H

#include "chip.h"

// 8 data bits, no parity, one stop bit, at UART_BAUD; an interrupt for each byte that arrives.
void uart_start(void);

// The byte that arrived, or -1.
int uart_take(void);

#endif
