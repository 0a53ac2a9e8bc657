// What the firmware does for its host.
#ifndef WICK_COMMANDS_H
#define WICK_COMMANDS_H

#include "engine.h"
#include "protocol.h"

// Loads the model.
void commands_start(void);

// Does what a request asks for. What the host wants to know beside the status is given to the answer_ functions.
enum wick_status commands_run(const struct request *request);

// Called once the answer is on its way.
void commands_answered(const struct request *request);

#endif
