// STM32G071, see RM0444.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART2, on the only APB.
#define UART_BASE 0x40004400u
#define UART_IRQ 28
#define UART_CLOCK_HZ CORE_HZ

#endif
