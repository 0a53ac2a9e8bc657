// STM32F746, see RM0385.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART1, on APB2.
#define UART_BASE 0x40011000u
#define UART_IRQ 37
#define UART_CLOCK_HZ (CORE_HZ / 2)

#endif
