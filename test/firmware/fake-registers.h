// Registers that lie in this process's memory, in place of a chip's; see clocks.test.ts.
#ifndef FAKE_REGISTERS_H
#define FAKE_REGISTERS_H

#include <stdint.h>

volatile uint32_t *fake_register(uint32_t address);
#define REGISTER(address) (*fake_register(address))

#endif
