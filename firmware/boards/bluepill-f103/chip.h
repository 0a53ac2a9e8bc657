// STM32F103, see RM0008.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART1, on APB2.
#define UART_BASE 0x40013800u
#define UART_IRQ 37
#define UART_CLOCK_HZ CORE_HZ

#endif
