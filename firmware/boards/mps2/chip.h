// Arm application notes AN385, AN386 and AN500: a core with the peripherals of the Cortex-M System Design Kit (CMSDK).
#ifndef WICK_CHIP_H
#define WICK_CHIP_H

// UART0: QEMU's first serial port. Receive and transmit have interrupts of their own, 0 and 1.
#define UART_BASE 0x40004000u
#define UART_IRQ 0
#define UART_CLOCK_HZ 25000000u

#endif
