// STM32F405, see RM0090.
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// USART1: QEMU's first serial port.
#define UART_BASE 0x40011000u
#define UART_IRQ 37
// The clock after reset, which QEMU does not look at.
#define UART_CLOCK_HZ 16000000u

#endif
