/** One kind of background work. A task opens its own transactions, under a named-job context. */
export interface Task {
  /** `feature.verb`, as `enqueue` names it. */
  readonly name: string;
  /** Five fields of cron, in UTC: enqueued once for each time that matches, however many processes there are. */
  readonly cron?: string;
  /**
   * Instead of cron, for what comes round within seconds: run in every process, this many milliseconds after the last
   * run ended. The task itself sees to it that only one of them works.
   */
  readonly everyMs?: number;
  /** Throws to be tried again later, with growing pauses. Must be harmless when run twice. */
  run(payload: unknown): Promise<void>;
}
