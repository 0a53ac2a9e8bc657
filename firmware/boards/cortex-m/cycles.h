// The core's own cycle counter (DWT_CYCCNT), which Cortex-M3, M4 and M7 have: board_ticks for boards with one.
#ifndef WICK_CYCLES_H
#define WICK_CYCLES_H

void cycles_start(void);

#endif
