// The instruction and data caches of a Cortex-M7. Nothing but the core touches memory here, so nothing has to keep them coherent.
#ifndef WICK_CACHES_H
#define WICK_CACHES_H

void caches_start(void);

#endif
