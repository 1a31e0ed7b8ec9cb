/**
 * Repeats `read` for as long as a page shows something that moves. Each answer says how long to wait
 * (null: nothing moves any more). A hidden tab asks for nothing; coming back asks at once.
 */
export function poll(read: () => Promise<number | null>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let stopped = false;

  async function run(): Promise<void> {
    if (running || stopped || document.hidden) return;
    clearTimeout(timer);
    running = true;
    let wait: number | null = 30_000;
    try {
      wait = await read();
    } catch {
      // The page shows what it has; the next try may do better.
    }
    running = false;
    if (!stopped && wait !== null) timer = setTimeout(() => void run(), wait);
  }

  const onVisible = (): void => void run();
  document.addEventListener("visibilitychange", onVisible);
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
