const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Has something done when this process ends, whichever way but SIGKILL: what it began outside of itself must not outlive it.
 * `cleanUp` is called once at most and must not wait for anything; the returned function calls it off.
 */
export function atEnd(cleanUp: () => void): () => void {
  const callOff = () => {
    process.off('exit', onExit);
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onExit = () => {
    callOff();
    cleanUp();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    onExit();
    // With nobody listening any more, it does what it does.
    process.kill(process.pid, signal);
  };
  process.on('exit', onExit);
  for (const signal of signals) process.on(signal, onSignal);
  return callOff;
}
