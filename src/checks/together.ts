interface Waiting<Key, Value> {
  readonly key: Key;
  readonly answer: (value: Value) => void;
  readonly fail: (reason: unknown) => void;
}

/**
 * Asks for many in one go: while one question is under way, those who come wait and are asked for together in the next, at most
 * so many. Whoever comes alone waits for nobody. `ask` answers in the order of the keys; what it throws reaches all who were in it.
 */
export function together<Key, Value>(
  most: number,
  ask: (keys: readonly Key[]) => Promise<readonly Value[]>,
): (key: Key) => Promise<Value> {
  const waiting: Waiting<Key, Value>[] = [];
  let asking = false;
  const go = async () => {
    asking = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      try {
        const values = await ask(batch.map(({ key }) => key));
        for (const [index, { answer }] of batch.entries()) answer(values[index] as Value);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    asking = false;
  };
  return (key) =>
    new Promise((answer, fail) => {
      waiting.push({ key, answer, fail });
      if (!asking) void go();
    });
}
