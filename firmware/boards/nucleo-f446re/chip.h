// STM32F446, see RM0390.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART2, on APB1.
#define UART_BASE 0x40004400u
#define UART_IRQ 38
#define UART_CLOCK_HZ (CORE_HZ / 4)

#endif
