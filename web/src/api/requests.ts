/**
 * Makes every request safe to repeat: a POST carries an Idempotency-Key that belongs to what was
 * asked, and keeps it until the api has answered. Pressing "Schedule" again after a lost answer
 * therefore asks for the same post, not for a second one.
 */
export class Requests {
  readonly #keys = new Map<string, string>();

  constructor(private readonly newKey: () => string) {}

  keyFor(method: string, url: string, body: string): string {
    const asked = `${method} ${url}\n${body}`;
    const key = this.#keys.get(asked) ?? this.newKey();
    this.#keys.set(asked, key);
    return key;
  }

  /** The api answered, so that the next request of the same kind is a new wish. */
  answered(key: string, status: number): void {
    if (status >= 500) return;
    for (const [asked, kept] of this.#keys) if (kept === key) this.#keys.delete(asked);
  }
}
