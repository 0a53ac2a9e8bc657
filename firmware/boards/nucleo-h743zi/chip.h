// STM32H743, see RM0433.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART3, on APB1.
#define UART_BASE 0x40004800u
#define UART_IRQ 39
#define UART_CLOCK_HZ (CORE_HZ / 4)

#endif
