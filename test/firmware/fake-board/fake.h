// What the fake engine asks of the fake board.
#ifndef FAKE_H
#define FAKE_H

#include <stdint.h>

// Lets time pass.
void fake_spend(uint32_t ticks);

// What a fault of the core does.
_Noreturn void fake_fault(void);

#endif
