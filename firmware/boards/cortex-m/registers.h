// Registers that every Cortex-M has at the same address (Armv6-M and Armv7-M architecture reference manuals).
#ifndef WICK_REGISTERS_H
#define WICK_REGISTERS_H

#include <stdint.h>

// A 32-bit register. Tests put others in their place.
#ifndef REGISTER
#define REGISTER(address) (*(volatile uint32_t *)(address))
#endif

// Interrupts are switched on and off by writing a one to their bit, 32 a register.
#define NVIC_ISER(irq) REGISTER(0xe000e100u + (irq) / 32 * 4)
#define NVIC_ICER(irq) REGISTER(0xe000e180u + (irq) / 32 * 4)
#define NVIC_BIT(irq) (1u << (irq) % 32)

#define SCB_VTOR REGISTER(0xe000ed08u)
#define SCB_AIRCR REGISTER(0xe000ed0cu)
// SYSRESETREQ, with the key that the register asks for.
#define SCB_AIRCR_RESET 0x05fa0004u

static inline void wait_until_set(volatile uint32_t *address, uint32_t bits) {
  while ((*address & bits) != bits) {
  }
}

static inline void set_field(volatile uint32_t *address, uint32_t mask, uint32_t value) {
  *address = (*address & ~mask) | value;
}

#endif
